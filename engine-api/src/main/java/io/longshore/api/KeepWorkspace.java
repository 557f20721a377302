package io.longshore.api;

/** When an item's directories stay after its end, for somebody to look at. */
public enum KeepWorkspace {
    /** Never; the default. */
    NEVER,
    /** When the script ended well, and the item failed before its output was published: nothing else holds that. */
    UNPUBLISHED,
    /** When the item failed. */
    ON_FAILURE,
    /** Always. */
    ALWAYS
}
