/** Contracts for the SPIs, fakes and fault injection. */
@NullMarked
package io.longshore.testkit;

import org.jspecify.annotations.NullMarked;
