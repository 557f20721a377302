/** Contracts that implementations of the SPIs extend in their tests. */
module io.longshore.testkit {
    exports io.longshore.testkit;

    requires transitive io.longshore.api;
    requires transitive org.junit.jupiter.api;
    requires static transitive org.jspecify;
}
