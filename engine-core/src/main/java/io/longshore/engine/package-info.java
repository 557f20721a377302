/** The engine itself, built by its host with explicit parts or by discovery. */
@NullMarked
package io.longshore.engine;

import org.jspecify.annotations.NullMarked;
