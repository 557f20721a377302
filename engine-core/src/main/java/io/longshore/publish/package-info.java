/** The phase after the run: what the script wrote goes through the archive into a sink. */
@NullMarked
package io.longshore.publish;

import org.jspecify.annotations.NullMarked;
