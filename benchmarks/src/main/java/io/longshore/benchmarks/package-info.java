/** The engine beside what its users have, on the same data in one run. */
@NullMarked
package io.longshore.benchmarks;

import org.jspecify.annotations.NullMarked;
