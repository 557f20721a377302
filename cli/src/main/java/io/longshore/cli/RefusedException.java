package io.longshore.cli;

/** What was asked for is wrong or cannot be done, and nothing was: the command ends with {@link Main#REFUSED}. */
final class RefusedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    RefusedException(String message) {
        super(message);
    }
}
