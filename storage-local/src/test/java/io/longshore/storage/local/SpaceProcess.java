package io.longshore.storage.local;

import io.longshore.api.DataReference;
import io.longshore.api.JobId;
import io.longshore.api.Script;
import io.longshore.api.ScriptRef;
import io.longshore.spi.Access;
import io.longshore.spi.ItemKey;
import io.longshore.spi.Publication;
import io.longshore.spi.PublishKey;
import io.longshore.spi.SourceObject;
import io.longshore.spi.Transfer;
import io.longshore.spi.Upload;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** What a second process does to a space; the first one tells it to go on by its standard input. */
final class SpaceProcess {
    static final int CONTENT_BYTES = 100_000;
    static final String NAME = "žluť/☃.csv";

    private SpaceProcess() {}

    public static void main(String[] arguments) throws IOException {
        Path directory = Path.of(arguments[1]);
        switch (arguments[0]) {
            case "publish" -> publish(directory, Integer.parseInt(arguments[2]), new JobId(arguments[3]));
            case "hold" -> hold(directory);
            case "names" -> names(directory);
            default -> throw new IllegalArgumentException(arguments[0]);
        }
    }

    static Publication publication(JobId job, int number) {
        return new Publication(
                DataReference.assetNamed("published " + number % 5),
                "",
                "application/zip",
                new PublishKey(new ItemKey(job, number), ""));
    }

    /** Opens the space again and again, so that it is swept while others work in it. */
    private static void publish(Path directory, int rounds, JobId job) throws IOException {
        say("ready");
        int mark = System.in.read();
        byte[] content = new byte[CONTENT_BYTES];
        Arrays.fill(content, (byte) mark);
        for (int i = 0; i < rounds; i++) {
            LocalSpace space = LocalSpace.open(directory);
            String added = space.add(new ByteArrayInputStream(content), "added " + i % 5, "text/plain")
                    .href();
            String published;
            try (Upload upload = space.sink().begin(publication(job, i), Access.none())) {
                upload.stream().write(content);
                published = upload.commit().href();
            }
            space.deploy(Script.ofCommand(ScriptRef.of("script"), List.of("echo", Integer.toString(i)))
                    .build());
            say(added + " " + published);
        }
    }

    private static void hold(Path directory) throws IOException {
        Publication publication = publication(new JobId("04f74392-0000-4000-8000-000000000000"), 0);
        try (Upload upload = LocalSpace.open(directory).sink().begin(publication, Access.none())) {
            upload.stream().write(new byte[CONTENT_BYTES]);
            upload.stream().flush();
            say("held");
            if (System.in.read() == 'c') {
                say(upload.commit().href());
            }
        }
    }

    /** Names that are not ASCII, in a JVM that may not know the like. */
    private static void names(Path directory) throws IOException {
        LocalSpace space = LocalSpace.open(directory.resolve("space"));
        space.add(new ByteArrayInputStream(new byte[] {1}), NAME, "text/plain");
        Asset asset = space.find(NAME).orElseThrow();
        List<SourceObject> objects = new ArrayList<>();
        space.source().resolve(DataReference.asset(asset.id()), Access.none(), objects::add);
        if (!objects.get(0).name().equals("☃.csv")) {
            throw new IllegalStateException(objects.toString());
        }
        try (DirectoryStream<Path> scripts = Files.newDirectoryStream(directory.resolve("scripts"))) {
            for (Path script : scripts) {
                space.deploy(Script.ofFile(ScriptRef.of("skóre"), script).build());
            }
        }
        Path deployed = space.scripts()
                .find(ScriptRef.of("skóre"))
                .flatMap(Script::file)
                .orElseThrow();
        if (!Files.readString(deployed).equals("print(1)")) {
            throw new IllegalStateException("another content");
        }
        LocalFiles files = LocalFiles.ofHost();
        DataReference input = DataReference.builder("file")
                .location("path", directory + "/žluť.csv")
                .build();
        objects.clear();
        files.check(input);
        files.resolve(input, Access.none(), objects::add);
        files.fetch(objects.get(0), Access.none(), directory.resolve("fetched"), Transfer.UNWATCHED);
        if (!objects.get(0).name().equals("žluť.csv")) {
            throw new IllegalStateException(objects.toString());
        }
        DataReference output = DataReference.builder("file")
                .location("path", directory + "/výstup.zip")
                .build();
        Publication publication = new Publication(
                output, "", "application/zip", publication(JobId.random(), 0).key());
        try (Upload upload = files.begin(publication, Access.none())) {
            upload.stream().write(2);
            files.abandon(
                    new Publication(
                            output, "", "", publication(JobId.random(), 0).key()),
                    Access.none());
            upload.commit();
        }
        if (files.find(publication, Access.none()).isEmpty()) {
            throw new IllegalStateException("not found again");
        }
        say("done");
    }

    private static void say(String line) {
        byte[] bytes = (line + "\n").getBytes(StandardCharsets.UTF_8);
        System.out.write(bytes, 0, bytes.length);
        System.out.flush();
    }
}
