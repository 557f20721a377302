package io.longshore.store.jdbc;

import java.io.Closeable;
import java.io.IOException;
import java.sql.BatchUpdateException;
import java.sql.SQLException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.postgresql.util.PSQLException;
import org.postgresql.util.ServerErrorMessage;

/** Failures of a database without the values of the statement that failed: they are in no message and no cause. */
final class SqlFailure {
    private SqlFailure() {}

    /** The failure as the database words it; drivers add the statement with its values, and the row. */
    static SQLException bare(SQLException failure) {
        SQLException first = failure;
        while (first instanceof BatchUpdateException && first.getNextException() != null) {
            first = first.getNextException();
        }
        String message = first.getMessage();
        if (first instanceof BatchUpdateException) {
            message = "a batch of statements failed";
        }
        if (first instanceof PSQLException postgres) {
            ServerErrorMessage server = postgres.getServerErrorMessage();
            message = server == null ? message : server.getMessage();
        }
        SQLException bare = new SQLException(message, first.getSQLState(), first.getErrorCode());
        bare.setStackTrace(first.getStackTrace());
        Throwable cause = first.getCause();
        if (cause instanceof IOException) { // a connection that broke; says nothing of statements
            bare.initCause(cause);
        }
        return bare;
    }

    /** Closes all, and throws the first failure. */
    static void closeAll(List<? extends Closeable> all) throws IOException {
        IOException first = null;
        for (Closeable each : all) {
            first = close(each, first);
        }
        if (first != null) {
            throw first;
        }
    }

    private static @Nullable IOException close(Closeable closeable, @Nullable IOException first) {
        try {
            closeable.close();
            return first;
        } catch (IOException e) {
            if (first == null) {
                return e;
            }
            first.addSuppressed(e);
            return first;
        }
    }
}
