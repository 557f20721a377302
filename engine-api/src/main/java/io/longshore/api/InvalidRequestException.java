package io.longshore.api;

import org.jspecify.annotations.Nullable;

/** A request that was refused before anything was done for it; names the field and quotes the value. */
public final class InvalidRequestException extends IllegalArgumentException {
    private static final long serialVersionUID = 1L;
    private static final int LONGEST_QUOTE = 200;

    /** The path of the refused field. */
    private final String field;

    /** What is wrong with it, its value included. */
    private final String detail;

    /**
     * A refusal of one field.
     *
     * @param field the field as the submitter wrote it, such as {@code scoring.output_data_reference.type}
     * @param value the refused value, never a secret; null where there is none
     * @param reason what is wrong with it and what would be right
     */
    public InvalidRequestException(String field, @Nullable String value, String reason) {
        this(field, reason + (value == null ? "" : ": " + quote(value)));
    }

    private InvalidRequestException(String field, String detail) {
        super(field + " " + detail);
        this.field = field;
        this.detail = detail;
    }

    /**
     * The same refusal, of a field within another.
     *
     * @param parent the field that holds the refused one, such as {@code scoring.input_data_references[1]}
     * @return the refusal that names the whole path
     */
    public InvalidRequestException within(String parent) {
        return new InvalidRequestException(parent + "." + field, detail);
    }

    /**
     * The same refusal, of a field that the submitter calls otherwise.
     *
     * @param submitted the path of the field
     * @return the refusal that names it
     */
    public InvalidRequestException at(String submitted) {
        return new InvalidRequestException(submitted, detail);
    }

    /**
     * The field that was refused, as the submitter wrote it.
     *
     * @return the path of the field
     */
    public String field() {
        return field;
    }

    private static String quote(String value) {
        StringBuilder quoted = new StringBuilder("\"");
        int end = Math.min(value.length(), LONGEST_QUOTE);
        for (int i = 0; i < end; i++) {
            char c = value.charAt(i);
            if (Character.isISOControl(c)) {
                quoted.append(String.format("\\u%04x", (int) c));
            } else {
                quoted.append(c);
            }
        }
        return quoted.append(end < value.length() ? "…\"" : "\"").toString();
    }
}
