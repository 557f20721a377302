package io.longshore.spi;

/**
 * An item as text: all that its run needs, so that it can run in another process or on another machine. Its secrets are
 * sealed.
 *
 * @param json a JSON document, whose form is the engine's own
 */
public record SerializedItem(String json) {
    /** Without the content. */
    @Override
    public String toString() {
        return "SerializedItem[" + json.length() + " characters]";
    }
}
