/** Jobs in a database. */
@SuppressWarnings("requires-automatic") // PostgreSQL's driver has no module descriptor
module io.longshore.store.jdbc {
    exports io.longshore.store.jdbc;

    requires transitive io.longshore.api;
    requires transitive java.sql;
    requires org.postgresql.jdbc;
    requires org.xerial.sqlitejdbc;
    requires static org.checkerframework.checker.qual; // PostgreSQL's annotations
    requires static transitive org.jspecify;
}
