/** An item's directories on disk, and how names become paths in them. */
@NullMarked
package io.longshore.workspace;

import org.jspecify.annotations.NullMarked;
