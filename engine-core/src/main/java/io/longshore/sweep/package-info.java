/** The last phase: nothing of an item stays but its logs. */
@NullMarked
package io.longshore.sweep;

import org.jspecify.annotations.NullMarked;
