/** The first phase: inputs are fetched, verified and named, and the script's files are written. */
@NullMarked
package io.longshore.stage;

import org.jspecify.annotations.NullMarked;
