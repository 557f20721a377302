/** The engine: it runs jobs, with sources, sinks and stores it is handed. */
@SuppressWarnings("requires-automatic") // Tink, which has a fixed name
module io.longshore.engine {
    exports io.longshore.engine;

    requires transitive io.longshore.api;
    requires com.fasterxml.jackson.databind;
    requires com.github.luben.zstd_jni;
    requires com.google.common;
    requires com.google.crypto.tink;
    requires com.google.gson; // for Tink, which is no named module and cannot say so
    requires org.slf4j;
    requires org.zeroturnaround.exec;
    requires static transitive org.jspecify;

    uses io.longshore.spi.DataSource;
    uses io.longshore.spi.DataSink;
}
