/** Between the run and the publishing: an output directory becomes one stream of bytes. */
@NullMarked
package io.longshore.archive;

import org.jspecify.annotations.NullMarked;
