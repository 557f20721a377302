/**
 * What a plug-in implements: where data comes from and goes to, how a script starts, where items run, where jobs are
 * kept. Calls block; the engine owns the threads, retries, and never hands a secret to anything that prints it.
 */
@NullMarked
package io.longshore.spi;

import org.jspecify.annotations.NullMarked;
