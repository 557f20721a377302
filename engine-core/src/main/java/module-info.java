/** The engine: it runs jobs, with sources, sinks and stores it is handed. */
module io.longshore.engine {
    exports io.longshore.engine;

    requires transitive io.longshore.api;
    requires com.fasterxml.jackson.databind;
    requires com.github.luben.zstd_jni;
    requires com.google.common;
    requires org.slf4j;
    requires org.zeroturnaround.exec;
    requires static transitive org.jspecify;

    uses io.longshore.spi.DataSource;
    uses io.longshore.spi.DataSink;
}
