/** Storage in a directory of any {@code java.nio} file system. */
module io.longshore.storage.local {
    exports io.longshore.storage.local;

    requires transitive io.longshore.api;
    requires com.fasterxml.jackson.databind;
    requires static transitive org.jspecify;
}
