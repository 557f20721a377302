/** What callers of the engine use ({@code api}) and what plug-ins implement ({@code spi}); no logic beyond validation. */
module io.longshore.api {
    requires static transitive org.jspecify;

    exports io.longshore.api;
    exports io.longshore.spi;
}
