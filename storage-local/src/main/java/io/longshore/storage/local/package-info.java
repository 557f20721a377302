/** A space in a directory: managed assets, connections, deployed scripts. */
@NullMarked
package io.longshore.storage.local;

import org.jspecify.annotations.NullMarked;
