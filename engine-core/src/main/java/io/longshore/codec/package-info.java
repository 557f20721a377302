/** Requests and items as JSON, with sealed secrets, for stores and for other machines. */
@NullMarked
package io.longshore.codec;

import org.jspecify.annotations.NullMarked;
