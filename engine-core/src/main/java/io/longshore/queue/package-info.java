/** Whose turn it is: claims jobs, gives out slots, ends what ran out of time. */
@NullMarked
package io.longshore.queue;

import org.jspecify.annotations.NullMarked;
