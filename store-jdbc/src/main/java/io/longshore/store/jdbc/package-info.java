/** Jobs in a database: SQLite in a directory, or PostgreSQL for several machines. */
@NullMarked
package io.longshore.store.jdbc;

import org.jspecify.annotations.NullMarked;
