/** Every change of a job or item: the state machine, its writes to the store, its events. */
@NullMarked
package io.longshore.journal;

import org.jspecify.annotations.NullMarked;
