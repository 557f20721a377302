/** How scripts start on this machine, end, and are found again. */
@NullMarked
package io.longshore.launch;

import org.jspecify.annotations.NullMarked;
