package io.longshore.it;

import io.longshore.api.Engine;
import io.longshore.engine.LongshoreEngine;
import io.longshore.storage.local.LocalSpace;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;

/** A host that makes Modzy's call in Java, with the store that its own environment names; S3 is found by discovery. */
final class AwsS3Call {
    private AwsS3Call() {}

    /** Home, space, bucket, key, access key id and secret access key; prints the job's document. */
    public static void main(String[] args) throws IOException, InterruptedException {
        LocalSpace space = LocalSpace.open(Path.of(args[1]));
        Map<String, Map<String, Map<String, String>>> sources =
                Map.of("my-input", Map.of("input.txt", Map.of("bucket", args[2], "key", args[3])));
        try (Engine engine = LongshoreEngine.builder()
                .home(Path.of(args[0]))
                .sink(space.sink())
                .scripts(space.scripts())
                .build()) {
            var job = engine.submitAwsS3("model", "1", sources, args[4], args[5], "us-east-1", false);
            engine.await(job.id());
            System.out.println(engine.document(job.id()));
        }
    }
}
