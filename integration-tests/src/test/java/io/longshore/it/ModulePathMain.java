package io.longshore.it;

import io.longshore.api.DataReference;
import io.longshore.api.Engine;
import io.longshore.api.Job;
import io.longshore.api.JobRequest;
import io.longshore.api.OutputRequest;
import io.longshore.api.Script;
import io.longshore.api.ScriptRef;
import io.longshore.engine.LongshoreEngine;
import io.longshore.spi.DataSource;
import io.longshore.storage.local.LocalSpace;
import io.longshore.store.jdbc.JdbcJobStore;
import java.nio.file.Path;
import java.util.List;
import java.util.ServiceLoader;

/** Runs one job in the directory args[0], with the parts of Longshore as named modules. */
final class ModulePathMain {
    private ModulePathMain() {}

    public static void main(String[] args) throws Exception {
        Path base = Path.of(args[0]);
        for (Class<?> part : List.of(Engine.class, LongshoreEngine.class, LocalSpace.class, JdbcJobStore.class)) {
            System.out.println(part.getModule().getName());
        }
        ServiceLoader.load(DataSource.class)
                .forEach(source ->
                        System.out.println(source.getClass().getModule().getName()));
        LocalSpace space = LocalSpace.open(base.resolve("space"));
        try (JdbcJobStore store = JdbcJobStore.inDirectory(base.resolve("home"));
                Engine engine = LongshoreEngine.builder()
                        .home(base.resolve("home"))
                        .store(store)
                        .sink(space.sink())
                        .build()) {
            Job job = engine.await(engine.submit(JobRequest.builder(Script.ofCommand(
                                            ScriptRef.of("words"),
                                            List.of("sh", "-c", "echo words > \"$BATCH_OUTPUT_DIR/words.txt\""))
                                    .build())
                            .output(OutputRequest.archive(DataReference.assetNamed("words.zip"))
                                    .build())
                            .build())
                    .id());
            System.out.println(job.state());
        }
        space.list().forEach(asset -> System.out.println(asset.name()));
    }
}
