package io.longshore.store.jdbc;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A connection in the hands of one thread. One that is the store's own keeps its statements prepared, too. */
final class Session implements AutoCloseable {
    /** What one transaction, or one query, does. It may be run again after it was rolled back. */
    interface Work<T> {
        T on(Session session) throws SQLException;
    }

    /** What becomes of a row. */
    interface Row<T> {
        T of(ResultSet row) throws SQLException;
    }

    /** Opens a connection. */
    interface Opener {
        Session open() throws SQLException;
    }

    private static final int BATCH = 1_000;

    private final Connection connection;
    private final boolean own;
    private final Map<String, PreparedStatement> kept = new HashMap<>();

    Session(Connection connection, boolean own) {
        this.connection = connection;
        this.own = own;
    }

    /** Whether nobody else uses the connection, before or after. */
    boolean isOwn() {
        return own;
    }

    Connection connection() {
        return connection;
    }

    /** Runs a statement without parameters. */
    void execute(String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    /** Changes rows; returns how many. */
    int update(String sql, @Nullable Object... parameters) throws SQLException {
        PreparedStatement statement = prepare(sql);
        try {
            bind(statement, parameters);
            return statement.executeUpdate();
        } finally {
            done(statement);
        }
    }

    /** Adds a row, for which the database makes a number; empty where a constraint of the statement kept it out. */
    Optional<Long> insert(String sql, String numberColumn, @Nullable Object... parameters) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql, new String[] {numberColumn})) {
            bind(statement, parameters);
            if (statement.executeUpdate() == 0) {
                return Optional.empty();
            }
            try (ResultSet numbers = statement.getGeneratedKeys()) {
                numbers.next();
                return Optional.of(numbers.getLong(1));
            }
        }
    }

    /** Runs a statement once for each row of parameters. */
    void batch(String sql, Iterable<@Nullable Object[]> rows) throws SQLException {
        PreparedStatement statement = prepare(sql);
        try {
            int pending = 0;
            for (@Nullable Object[] row : rows) {
                bind(statement, row);
                statement.addBatch();
                if (++pending == BATCH) {
                    statement.executeBatch();
                    pending = 0;
                }
            }
            if (pending > 0) {
                statement.executeBatch();
            }
        } finally {
            statement.clearBatch();
            done(statement);
        }
    }

    <T> Optional<T> first(String sql, Row<T> each, @Nullable Object... parameters) throws SQLException {
        List<T> rows = list(sql, each, parameters);
        return rows.isEmpty() ? Optional.empty() : Optional.of(rows.get(0));
    }

    <T> List<T> list(String sql, Row<T> each, @Nullable Object... parameters) throws SQLException {
        PreparedStatement statement = prepare(sql);
        try {
            bind(statement, parameters);
            List<T> rows = new ArrayList<>();
            try (ResultSet result = statement.executeQuery()) {
                while (result.next()) {
                    rows.add(each.of(result));
                }
            }
            return rows;
        } finally {
            done(statement);
        }
    }

    private PreparedStatement prepare(String sql) throws SQLException {
        PreparedStatement statement = kept.get(sql);
        if (statement == null) {
            statement = connection.prepareStatement(sql);
            if (own) {
                kept.put(sql, statement);
            }
        }
        return statement;
    }

    private void done(PreparedStatement statement) throws SQLException {
        if (!own) {
            statement.close();
        }
    }

    private static void bind(PreparedStatement statement, @Nullable Object[] parameters) throws SQLException {
        for (int i = 0; i < parameters.length; i++) {
            statement.setObject(i + 1, parameters[i]);
        }
    }

    @Override
    public void close() throws SQLException {
        connection.close(); // and its statements
    }
}
