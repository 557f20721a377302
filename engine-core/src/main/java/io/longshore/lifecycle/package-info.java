/** Drives one item through its phases, on the machine where its data is; knows no queue and no store. */
@NullMarked
package io.longshore.lifecycle;

import org.jspecify.annotations.NullMarked;
