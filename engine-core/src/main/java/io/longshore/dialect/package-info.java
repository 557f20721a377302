/** The documents of WML and Modzy: what they ask for, and how they show what became of it. */
@NullMarked
package io.longshore.dialect;

import org.jspecify.annotations.NullMarked;
