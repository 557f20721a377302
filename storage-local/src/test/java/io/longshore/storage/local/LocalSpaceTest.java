package io.longshore.storage.local;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.common.jimfs.Configuration;
import com.google.common.jimfs.Jimfs;
import io.longshore.api.Connection;
import io.longshore.api.DataReference;
import io.longshore.api.InvalidRequestException;
import io.longshore.api.JobId;
import io.longshore.api.Script;
import io.longshore.api.ScriptRef;
import io.longshore.api.Secret;
import io.longshore.spi.Access;
import io.longshore.spi.ItemKey;
import io.longshore.spi.PermanentStorageException;
import io.longshore.spi.Publication;
import io.longshore.spi.PublishKey;
import io.longshore.spi.Published;
import io.longshore.spi.SourceObject;
import io.longshore.spi.Transfer;
import io.longshore.spi.Upload;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystem;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LocalSpaceTest {
    private static final List<String> ODD_NAMES = List.of(
            "../../x",
            "/etc/passwd",
            "..",
            ".",
            " ",
            "a/b/../c",
            "C:\\x",
            "nul",
            "a:b*?\"<>|",
            "line\nbreak",
            "žluť.csv",
            "𝕏 ☃",
            "\u0000e\u0301".substring(1),
            "\u00e9",
            "Report.CSV",
            "report.csv",
            "REPORT.csv",
            "x".repeat(1000),
            "ž".repeat(500),
            "04f74392-0000-4000-8000-000000000000");

    abstract static class OnAFileSystem {
        abstract Path home() throws IOException;

        private Path directory() throws IOException {
            return home().resolve("space");
        }

        private LocalSpace open() throws IOException {
            return LocalSpace.open(directory());
        }

        private static Asset add(LocalSpace space, String name, String content) throws IOException {
            return space.add(new ByteArrayInputStream(content.getBytes(StandardCharsets.UTF_8)), name, "text/plain");
        }

        private static String read(LocalSpace space, Asset asset) throws IOException {
            try (InputStream in = space.open(asset)) {
                return new String(in.readAllBytes(), StandardCharsets.UTF_8);
            }
        }

        // Assets

        @Test
        void addedAssetTellsOfItselfAlsoLater() throws IOException {
            Asset asset = add(open(), "2025/june.txt", "content");
            Asset later = open().find("2025/june.txt").orElseThrow();
            assertEquals(asset, later);
            assertEquals("2025/june.txt", later.name());
            assertEquals(7, later.sizeBytes());
            assertEquals(SpaceByHand.sha256("content".getBytes(StandardCharsets.UTF_8)), later.sha256());
            assertEquals("text/plain", later.mediaType());
            assertEquals(asset.createdAt(), later.createdAt());
            assertEquals(Optional.empty(), later.connected());
            assertEquals("/v2/assets/" + asset.id(), later.href());
            assertEquals("content", read(open(), later));
        }

        @Test
        void fileIsAddedWithTheTypeThatItsNameSays() throws IOException {
            Path file = Files.write(Files.createDirectories(home()).resolve("whatever"), new byte[] {1, 2});
            LocalSpace space = open();
            Asset asset = space.add(file, "report.json");
            assertEquals("application/json", asset.mediaType());
            assertEquals("application/octet-stream", space.add(file, "report").mediaType());
            Files.delete(file);
            Path copy = home().resolve("copy");
            space.copy(asset, copy);
            assertArrayEquals(new byte[] {1, 2}, Files.readAllBytes(copy));
            assertThrows(FileAlreadyExistsException.class, () -> space.copy(asset, copy));
            assertTrue(Files.exists(copy));
            assertThrows(NoSuchFileException.class, () -> space.add(file, "gone"));
            assertEquals(Optional.empty(), space.find("gone"));
            assertEquals(List.of(), new SpaceByHand(directory()).leftovers());
        }

        @Test
        void sameNameTwiceGivesTwoIdsAndMeansTheNewest() throws IOException {
            LocalSpace space = open();
            Asset first = add(space, "a.csv", "1");
            Asset second = add(open(), "a.csv", "2");
            assertNotEquals(first.id(), second.id());
            assertEquals(Optional.of(second), space.find("a.csv"));
            assertEquals(Optional.of(first), space.find(first.id()));
            assertEquals("1", read(space, first));
            assertEquals(List.of(second), space.list());
            assertEquals(Set.of(first, second), Set.copyOf(space.listAll()));
        }

        @Test
        void newestDoesNotDependOnTheClock() throws IOException {
            InstantSource clock = new SteppingClock();
            LocalSpace space = LocalSpace.open(directory(), null, clock);
            List<Asset> added = new ArrayList<>();
            for (int i = 0; i < 40; i++) {
                added.add(add(space, "a.csv", Integer.toString(i)));
                assertEquals(Optional.of(added.get(i)), space.find("a.csv"));
                assertEquals(List.of(added.get(i)), space.list());
            }
            assertEquals(40, space.listAll().size());
            assertEquals(added.get(39), space.listAll().get(0)); // the oldest by its time
        }

        @Test
        void namesAreAnyText() throws IOException {
            LocalSpace space = open();
            Map<String, Asset> added = new HashMap<>();
            for (String name : ODD_NAMES) {
                added.put(name, add(space, name, name));
            }
            for (String name : ODD_NAMES) {
                Asset found = space.find(name).orElseThrow();
                assertEquals(added.get(name), found);
                assertEquals(name, read(space, found));
            }
            List<String> listed = space.list().stream().map(Asset::name).toList();
            assertEquals(new ArrayList<>(new TreeSet<>(ODD_NAMES)), listed);
            assertEverythingIsWithinTheSpace();
        }

        @Test
        void namesThatAreNoneAreRefused() throws IOException {
            LocalSpace space = open();
            for (String name : List.of("", "a\0b", "x".repeat(1025), "\ud800")) {
                InvalidRequestException refusal =
                        assertThrows(InvalidRequestException.class, () -> add(space, name, "content"));
                assertEquals("asset name", refusal.field());
            }
            assertEquals(List.of(), space.listAll());
            assertEquals(Optional.empty(), space.find(""));
            assertEquals(Optional.empty(), space.find("a\0b"));
        }

        @Test
        void twoThousandAssetsAreListedAndFound() throws IOException {
            SpaceByHand byHand = new SpaceByHand(open().directory());
            for (int i = 0; i < 2000; i++) {
                byHand.add("asset " + i, new byte[0]);
            }
            LocalSpace space = open();
            assertEquals(2000, space.list().size());
            assertEquals(2000, space.listAll().size());
            assertEquals(
                    1,
                    new HashSet<>(space.listAll().stream().map(Asset::sizeBytes).toList()).size());
            assertEquals("asset 1234", space.find("asset 1234").orElseThrow().name());
        }

        @Test
        void connectedAssetIsElsewhere() throws IOException {
            DataReference reference = DataReference.builder("connection_asset")
                    .connection("cos")
                    .location("bucket", "raw")
                    .location("key", "2025/06/events.parquet")
                    .build();
            LocalSpace space = open();
            Asset asset = space.addConnected("events.parquet", reference);
            assertEquals(Optional.of(reference), asset.connected());
            assertEquals(
                    Optional.of(reference),
                    open().find("events.parquet").orElseThrow().connected());
            List<SourceObject> objects = new ArrayList<>();
            space.source().resolve(DataReference.asset(asset.id()), Access.none(), objects::add);
            SourceObject object = objects.get(0);
            assertEquals(Optional.of(reference), object.elsewhere());
            assertEquals("events.parquet", object.name());
            assertEquals(OptionalLong.empty(), object.sizeBytes());
            assertThrows(PermanentStorageException.class, () -> space.open(asset));
            Path target = home().resolve("target");
            assertThrows(
                    PermanentStorageException.class,
                    () -> space.source().fetch(object, Access.none(), target, Transfer.UNWATCHED));
            assertFalse(Files.exists(target));
            assertThrows(InvalidRequestException.class, () -> space.addConnected("a", DataReference.asset(asset.id())));
            DataReference nowhere = DataReference.builder("connection_asset").build();
            assertThrows(InvalidRequestException.class, () -> space.addConnected("a", nowhere));
            assertEquals(List.of(), new SpaceByHand(directory()).leftovers());
        }

        @Test
        void addressesOfAssetsComeInSeveralShapes() throws IOException {
            LocalSpace space = open();
            Asset asset = add(space, "folder/", "content");
            for (String href : List.of(
                    "/v2/assets/" + asset.id(),
                    "/v2/assets/" + asset.id() + "?space_id=SPACE&x=/y",
                    "https://host.example:8443/v2/assets/" + asset.id(),
                    "https://host.example/base/v2/assets/" + asset.id() + "?space_id=SPACE",
                    "/v2/assets/" + asset.id().toUpperCase(java.util.Locale.ROOT))) {
                DataReference reference = DataReference.builder("data_asset")
                        .location("href", href)
                        .build();
                space.source().check(reference);
                List<SourceObject> objects = new ArrayList<>();
                space.source().resolve(reference, Access.none(), objects::add);
                assertEquals(asset.id(), objects.get(0).name()); // as the name's last segment is empty
                assertEquals(asset.href(), objects.get(0).source());
            }
            DataReference byName = DataReference.asset("folder");
            space.source().check(byName);
            assertThrows(NoSuchFileException.class, () -> space.source().resolve(byName, Access.none(), object -> {}));
            DataReference unknown = DataReference.asset("FFFFFFFF-0000-0000-0000-00000000000A");
            NoSuchFileException missing = assertThrows(
                    NoSuchFileException.class, () -> space.source().resolve(unknown, Access.none(), object -> {}));
            assertEquals("/v2/assets/FFFFFFFF-0000-0000-0000-00000000000A", missing.getMessage(), "as it was given");
        }

        @Test
        void damagedBytesAreNoticed() throws IOException {
            LocalSpace space = open();
            Asset changed = add(space, "changed", "content");
            Asset shorter = add(space, "shorter", "content");
            Asset longer = add(space, "longer", "content");
            Asset missing = add(space, "missing", "content");
            SpaceByHand byHand = new SpaceByHand(directory());
            Files.writeString(byHand.asset(changed.id()).resolve("bytes"), "CONTENT");
            Files.writeString(byHand.asset(shorter.id()).resolve("bytes"), "conten");
            Files.writeString(byHand.asset(longer.id()).resolve("bytes"), "content!");
            Files.delete(byHand.asset(missing.id()).resolve("bytes"));
            for (Asset asset : List.of(changed, shorter, longer, missing)) {
                List<SourceObject> objects = new ArrayList<>();
                space.source().resolve(DataReference.asset(asset.id()), Access.none(), objects::add);
                Path target = home().resolve("target of " + asset.name());
                PermanentStorageException failure = assertThrows(
                        PermanentStorageException.class,
                        () -> space.source().fetch(objects.get(0), Access.none(), target, Transfer.UNWATCHED));
                assertTrue(failure.getMessage().contains("is damaged"), failure.getMessage());
                assertTrue(failure.getMessage().contains("bytes"), failure.getMessage());
                Path copy = home().resolve("copy of " + asset.name());
                assertThrows(PermanentStorageException.class, () -> space.copy(asset, copy));
                assertFalse(Files.exists(copy));
            }
        }

        @Test
        void damagedRecordsAreNamed() throws IOException {
            LocalSpace space = open();
            Asset asset = add(space, "a.csv", "content");
            Path record = new SpaceByHand(directory()).asset(asset.id()).resolve("asset.json");
            byte[] good = Files.readAllBytes(record);
            String entry = "0000000000000000001-" + asset.id() + "." + asset.id();
            byte[] anothers = SpaceByHand.record(JobId.random().value(), "a.csv", new byte[0], entry);
            for (byte[] damage : List.of(
                    new byte[0],
                    new byte[] {0, 1, 2},
                    "{}".getBytes(StandardCharsets.UTF_8),
                    "[1]".getBytes(StandardCharsets.UTF_8),
                    "null".getBytes(StandardCharsets.UTF_8),
                    new String(good, StandardCharsets.UTF_8)
                            .replace("Z\"", "\"")
                            .getBytes(StandardCharsets.UTF_8),
                    java.util.Arrays.copyOf(good, good.length / 2),
                    anothers)) {
                Files.write(record, damage);
                for (Reading reading : List.<Reading>of(
                        () -> space.find("a.csv"),
                        () -> space.find(asset.id()),
                        space::list,
                        space::listAll,
                        () -> space.source().resolve(DataReference.asset(asset.id()), Access.none(), o -> {}))) {
                    PermanentStorageException failure = assertThrows(PermanentStorageException.class, reading::read);
                    assertTrue(failure.getMessage().contains(record.toString()), failure.getMessage());
                }
            }
        }

        interface Reading {
            void read() throws IOException;
        }

        // Publications

        private Publication publication(String name) {
            return new Publication(
                    DataReference.assetNamed(name),
                    "",
                    "application/zip",
                    new PublishKey(new ItemKey(JobId.random(), 0), ""));
        }

        private static Published publish(LocalSpace space, Publication publication) throws IOException {
            try (Upload upload = space.sink().begin(publication, Access.none())) {
                upload.stream().write(1);
                return upload.commit();
            }
        }

        @Test
        void publishedAssetIsFoundByItsNameAndId() throws IOException {
            LocalSpace space = open();
            Publication publication = publication("score.zip");
            Published published = publish(space, publication);
            Asset asset = space.find("score.zip").orElseThrow();
            assertEquals(asset.href(), published.href());
            assertEquals("application/zip", asset.mediaType());
            Asset newer = add(space, "score.zip", "by hand");
            assertEquals(published, publish(open(), publication));
            assertEquals(Optional.of(newer), space.find("score.zip")); // the second commit changed nothing
            assertEquals(Optional.of(published), open().sink().find(publication, Access.none()));
        }

        @Test
        void publicationWhoseKeyIsAnothersIsRefused() throws IOException {
            LocalSpace space = open();
            Publication publication = publication("a.zip");
            Published published = publish(space, publication);
            Path record = new SpaceByHand(directory())
                    .asset(published.href().substring("/v2/assets/".length()))
                    .resolve("asset.json");
            Files.writeString(record, Files.readString(record).replace("/0\"", "/1\""));
            assertThrows(PermanentStorageException.class, () -> space.sink().find(publication, Access.none()));
        }

        // Leftovers

        @Test
        void whatADeadProcessLeftIsNeverSeenAndGoesAtTheNextOpen() throws IOException {
            LocalSpace space = open();
            Asset older = add(space, "a.zip", "older");
            SpaceByHand byHand = new SpaceByHand(directory());
            // As it is between the entry of the name and the move of the directory, the latest moment before the
            // commit.
            String id = JobId.random().value();
            String entry = "0000000000000000002-" + id + "." + JobId.random();
            Path left = Files.createDirectories(directory().resolve("tmp").resolve("publish-x-" + id));
            Files.write(left.resolve("bytes"), new byte[] {1});
            Files.write(left.resolve("asset.json"), SpaceByHand.record(id, "a.zip", new byte[] {1}, entry));
            Files.createFile(byHand.names("a.zip").resolve(entry));
            // And earlier: a record cut short, nothing but bytes, nothing but a lock file, an empty directory.
            Path half = Files.createDirectories(directory().resolve("tmp").resolve("add-half"));
            Files.writeString(half.resolve("asset.json"), "{\"id\":");
            Files.writeString(
                    Files.createDirectories(directory().resolve("tmp").resolve("add-bytes"))
                            .resolve("bytes"),
                    "content");
            Files.createFile(directory().resolve("tmp").resolve("add-lock.lock"));
            Files.createFile(directory().resolve("tmp").resolve("add-bytes.lock"));
            Files.createDirectories(directory().resolve("tmp").resolve("add-empty"));

            assertEquals(Optional.of(older), space.find("a.zip"));
            assertEquals(List.of(older), space.listAll());
            LocalSpace reopened = open();
            assertEquals(List.of(), byHand.leftovers());
            assertEquals(Optional.of(older), reopened.find("a.zip"));
            Asset newer = add(reopened, "a.zip", "newer");
            assertEquals(Optional.of(newer), reopened.find("a.zip"));
        }

        @Test
        void anEntryThatNoRecordQuotesMeansNothing() throws IOException {
            LocalSpace space = open();
            Asset older = add(space, "a.zip", "older");
            Asset newer = add(space, "a.zip", "newer");
            Path names = new SpaceByHand(directory()).names("a.zip");
            // As a second commit of the older one leaves it that dies before it notices the first.
            Files.createFile(names.resolve("0000000000000000009-" + older.id() + "." + JobId.random()));
            Files.createFile(names.resolve("0000000000000000010-" + JobId.random() + "." + JobId.random()));
            Files.createFile(names.resolve("desktop.ini"));
            assertEquals(Optional.of(newer), space.find("a.zip"));
            Asset newest = add(space, "a.zip", "newest");
            assertEquals(Optional.of(newest), space.find("a.zip"));
            assertEquals(List.of(newest), space.list());
        }

        @Test
        void openingLeavesUploadsInProgressAlone() throws IOException {
            LocalSpace space = open();
            Publication publication = publication("a.zip");
            try (Upload upload = space.sink().begin(publication, Access.none())) {
                upload.stream().write(new byte[1_000_000]);
                open();
                open();
                upload.commit();
            }
            assertEquals(1_000_000, space.find("a.zip").orElseThrow().sizeBytes());
            assertEquals(List.of(), new SpaceByHand(directory()).leftovers());
        }

        @Test
        void abandonedUploadCannotCommit() throws IOException {
            LocalSpace space = open();
            Publication publication = publication("a.zip");
            try (Upload upload = space.sink().begin(publication, Access.none())) {
                upload.stream().write(new byte[1000]);
                open().sink().abandon(publication, Access.none());
                IOException failure = assertThrows(IOException.class, upload::commit);
                assertTrue(failure.getMessage().contains("abandoned"), failure.getMessage());
            }
            assertEquals(List.of(), space.listAll());
            assertEquals(List.of(), new SpaceByHand(directory()).leftovers());
        }

        // The directory

        @Test
        void newerFormatsAreRefused() throws IOException {
            open();
            Path format = directory().resolve("format");
            assertEquals("longshore space 1\n", Files.readString(format));
            Files.writeString(format, "longshore space 2\n");
            IOException newer = assertThrows(IOException.class, this::open);
            assertTrue(newer.getMessage().contains("format 2"), newer.getMessage());
            Files.writeString(format, "something else");
            assertTrue(assertThrows(IOException.class, this::open).getMessage().contains(format.toString()));
        }

        @Test
        void somebodysOwnDirectoryIsNotMadeASpace() throws IOException {
            Files.createDirectories(directory());
            Files.createFile(directory().resolve("thesis.doc"));
            assertThrows(IOException.class, this::open);
            try (Stream<Path> files = Files.list(directory())) {
                assertEquals(1, files.count());
            }
            Path file = Files.createFile(home().resolve("file"));
            assertThrows(IOException.class, () -> LocalSpace.open(file));
        }

        @Test
        void openingAnEmptyDirectoryOrHalfASpaceMakesIt() throws IOException {
            Files.createDirectories(directory().resolve("tmp"));
            Asset asset = add(open(), "a", "content");
            assertEquals(Optional.of(asset), open().find("a"));
        }

        // Connections

        private Connection connection(String id) {
            return Connection.builder(id, "s3")
                    .property(Connection.ENDPOINT, "https://s3.example.com")
                    .property(Connection.BUCKET, "raw")
                    .secret(Connection.ACCESS_KEY_ID, Secret.of("MARKER-ID"))
                    .secret(Connection.SECRET_ACCESS_KEY, Secret.of("MARKER-SECRET"))
                    .build();
        }

        @Test
        void connectionsComeBackWithTheirSecrets() throws IOException {
            for (String id : ODD_NAMES) {
                LocalSpace.open(directory(), new MaskingSealer(7)).save(connection(id));
            }
            LocalSpace space = LocalSpace.open(directory(), new MaskingSealer(7));
            for (String id : ODD_NAMES) {
                Connection found = space.connections().find(id).orElseThrow();
                assertEquals(id, found.id());
                assertEquals("s3", found.type());
                assertEquals(connection(id).properties(), found.properties());
                assertEquals(connection(id).secrets(), found.secrets());
            }
            assertEquals(Optional.empty(), space.connections().find("other"));
            List<Connection> listed = space.listConnections();
            assertEquals(ODD_NAMES.size(), listed.size());
            assertEquals(Map.of(), listed.get(0).secrets());
            assertFalse(listed.toString().contains("MARKER"));
            assertNothingHolds("MARKER");
            assertEverythingIsWithinTheSpace();

            space.save(Connection.builder("..", "s3").property("region", "eu").build());
            assertEquals(
                    Map.of("region", "eu"),
                    space.connections().find("..").orElseThrow().properties());
            space.deleteConnection("..");
            space.deleteConnection("..");
            assertEquals(Optional.empty(), space.connections().find(".."));
            assertEquals(List.of(), new SpaceByHand(directory()).leftovers());
        }

        @Test
        void secretsAreNotKeptInClear() throws IOException {
            LocalSpace space = open();
            InvalidRequestException refusal =
                    assertThrows(InvalidRequestException.class, () -> space.save(connection("cos")));
            assertTrue(refusal.getMessage().contains("access_key_id"), refusal.getMessage());
            assertNoMarker(refusal);
            assertEquals(Optional.empty(), space.connections().find("cos"));
            assertNothingHolds("MARKER");
        }

        @Test
        void secretsThatCannotBeOpenedAreNamed() throws IOException {
            LocalSpace.open(directory(), new MaskingSealer(7)).save(connection("cos"));
            for (LocalSpace space : List.of(open(), LocalSpace.open(directory(), new MaskingSealer(8)))) {
                PermanentStorageException failure = assertThrows(
                        PermanentStorageException.class,
                        () -> space.connections().find("cos"));
                assertTrue(failure.getMessage().contains("secret access_key_id of connection \"cos\""));
                assertNoMarker(failure);
                assertEquals(1, space.listConnections().size());
            }
        }

        @Test
        void sealedSecretsOpenInTheirPlaceOnly() throws IOException {
            LocalSpace space = LocalSpace.open(directory(), new MaskingSealer(7));
            space.save(connection("cos"));
            Path record;
            try (Stream<Path> files = Files.list(directory().resolve("connections"))) {
                record = files.findFirst().orElseThrow();
            }
            String text = Files.readString(record);
            Files.writeString(record, text.replace("\"id\":\"cos\"", "\"id\":\"other\""));
            assertThrows(
                    PermanentStorageException.class, () -> space.connections().find("cos"));
            Files.writeString(record, text.substring(0, text.length() / 2));
            PermanentStorageException failure = assertThrows(
                    PermanentStorageException.class, () -> space.connections().find("cos"));
            assertTrue(failure.getMessage().contains(record.toString()), failure.getMessage());
            StringWriter trace = new StringWriter();
            failure.printStackTrace(new PrintWriter(trace));
            assertFalse(trace.toString().contains(text.substring(0, 20)), "a damaged record is not quoted");
        }

        @Test
        void secretsMayLieInFiles() throws IOException {
            Path file = Files.createDirectories(home()).resolve("key file");
            Files.writeString(file, "MARKER-1\n");
            LocalSpace space = open();
            Connection bare = Connection.builder("cos", "s3").build();
            space.save(bare, Map.of(Connection.SECRET_ACCESS_KEY, file));
            assertEquals(Optional.of(Secret.of("MARKER-1")), secret(space));
            Files.writeString(file, "MARKER-2 \r\n");
            assertEquals(Optional.of(Secret.of("MARKER-2 ")), secret(open()));
            assertNothingHolds("MARKER");
            Files.writeString(file, "\n");
            assertFileIsNamed(space, file);
            Files.delete(file);
            assertFileIsNamed(space, file);
            Files.createDirectory(file);
            assertFileIsNamed(space, file);
            assertThrows(
                    InvalidRequestException.class,
                    () -> LocalSpace.open(directory(), new MaskingSealer(7))
                            .save(connection("x"), Map.of(Connection.SECRET_ACCESS_KEY, file)));
        }

        @Test
        void idsThatAreNoTextAreRefused() throws IOException {
            LocalSpace space = open();
            Connection connection = Connection.builder("\ud800", "s3").build();
            assertThrows(InvalidRequestException.class, () -> space.save(connection));
            Script script =
                    Script.ofCommand(ScriptRef.of("\ud800"), List.of("true")).build();
            assertThrows(InvalidRequestException.class, () -> space.deploy(script));
            space.save(Connection.builder("?", "s3").build());
            assertEquals(Optional.empty(), space.connections().find("\ud800"));
        }

        private static Optional<Secret> secret(LocalSpace space) throws IOException {
            return space.connections().find("cos").orElseThrow().secret(Connection.SECRET_ACCESS_KEY);
        }

        private static void assertFileIsNamed(LocalSpace space, Path file) {
            PermanentStorageException failure = assertThrows(PermanentStorageException.class, () -> secret(space));
            assertTrue(failure.getMessage().contains(file.toString()), failure.getMessage());
            assertTrue(failure.getMessage().contains("connection \"cos\""), failure.getMessage());
        }

        private static void assertNoMarker(Exception failure) {
            StringWriter trace = new StringWriter();
            failure.printStackTrace(new PrintWriter(trace));
            assertFalse(trace.toString().contains("MARKER"));
        }

        private void assertNothingHolds(String marker) throws IOException {
            for (Path file : new SpaceByHand(directory()).files()) {
                assertFalse(
                        new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1).contains(marker),
                        file.toString());
            }
        }

        // Scripts

        private Path script(String name, String content) throws IOException {
            Path file = home().resolve("scripts").resolve(name);
            Files.createDirectories(file.getParent());
            Files.writeString(file, content);
            return file;
        }

        private static String content(Script script) throws IOException {
            return Files.readString(script.file().orElseThrow());
        }

        @Test
        void deployedScriptIsFoundAsItWas() throws IOException {
            Path file = script("score.py", "print(1)");
            Script script = Script.ofFile(ScriptRef.of("ed542963de", "0.0.27"), file)
                    .arguments(List.of("--fast", "a b"))
                    .environment("MODE", "x=y")
                    .inputs(List.of("input.txt"))
                    .outputs(List.of("results.json"))
                    .explainable(true)
                    .build();
            open().deploy(script);
            Files.writeString(file, "print(2)");
            Script found = open().scripts().find(ScriptRef.of("ed542963de")).orElseThrow();
            assertEquals(ScriptRef.of("ed542963de", "0.0.27"), found.ref());
            assertEquals("score.py", found.file().orElseThrow().getFileName().toString());
            assertEquals("print(1)", content(found));
            assertEquals(script.arguments(), found.arguments());
            assertEquals(script.environment(), found.environment());
            assertEquals(script.inputs(), found.inputs());
            assertEquals(script.outputs(), found.outputs());
            assertTrue(found.explainable());
            assertEquals(Optional.empty(), open().scripts().find(ScriptRef.of("ed542963de", "0.0.28")));
            assertEquals(Optional.empty(), open().scripts().find(ScriptRef.of("other")));
            assertEquals(List.of(), new SpaceByHand(directory()).leftovers());
        }

        @Test
        void commandsAreDeployedToo() throws IOException {
            LocalSpace space = open();
            space.deploy(Script.ofCommand(ScriptRef.of("tool"), List.of("sort", "-u"))
                    .build());
            Script found = space.scripts().find(ScriptRef.of("tool", "1")).orElseThrow();
            assertEquals(Optional.empty(), found.file());
            assertEquals(List.of("sort", "-u"), found.arguments());
        }

        @Test
        void versionsCountFromOneAndTheNewestIsTheLastDeployed() throws IOException {
            LocalSpace space = open();
            ScriptRef churn = ScriptRef.of("churn");
            assertEquals("1", version(space, churn, "a"));
            assertEquals("2", version(space, churn, "b"));
            assertEquals("2", version(space, churn, "b")); // the same again
            assertEquals("3", version(space, churn, "a"));
            assertEquals("0.9", version(space, ScriptRef.of("churn", "0.9"), "c"));
            assertEquals("c", content(space.scripts().find(churn).orElseThrow()));
            assertEquals("4", version(space, churn, "d"));
            assertEquals("1", version(space, ScriptRef.of("churn", "1"), "a")); // deployed first, so not the newest
            assertEquals("d", content(open().scripts().find(churn).orElseThrow()));
            assertEquals("10", version(space, ScriptRef.of("churn", "10"), "e"));
            assertEquals("11", version(space, churn, "f"));
            assertEquals("1", version(space, ScriptRef.of("other"), "a"));
            assertEquals(
                    List.of(ScriptRef.of("churn", "11"), ScriptRef.of("other", "1")),
                    space.listScripts().stream().map(Script::ref).toList());
        }

        private String version(LocalSpace space, ScriptRef ref, String content) throws IOException {
            Script deployed =
                    space.deploy(Script.ofFile(ref, script("s.py", content)).build());
            assertEquals(content, content(deployed));
            return deployed.ref().version().orElseThrow();
        }

        @Test
        void versionsNeverChange() throws IOException {
            LocalSpace space = open();
            ScriptRef ref = ScriptRef.of("churn", "0.0.27");
            Script first = Script.ofFile(ref, script("s.py", "a")).build();
            space.deploy(first);
            space.deploy(first);
            for (Script other : List.of(
                    Script.ofFile(ref, script("s.py", "b")).build(),
                    Script.ofFile(ref, script("t.py", "a")).build(),
                    Script.ofFile(ref, script("u/s.py", "a")).explainable(true).build(),
                    Script.ofFile(ref, script("u/s.py", "a"))
                            .outputs(List.of("x"))
                            .build(),
                    Script.ofCommand(ref, List.of("a")).build())) {
                InvalidRequestException refusal =
                        assertThrows(InvalidRequestException.class, () -> space.deploy(other));
                assertEquals("script version", refusal.field());
            }
            assertEquals("a", content(space.scripts().find(ref).orElseThrow()));
            assertEquals(List.of(), new SpaceByHand(directory()).leftovers());
        }

        @Test
        void scriptIdsAndVersionsAreAnyText() throws IOException {
            LocalSpace space = open();
            for (String text : ODD_NAMES) {
                version(space, ScriptRef.of(text, text), text);
            }
            for (String text : ODD_NAMES) {
                assertEquals(
                        text,
                        content(open().scripts().find(ScriptRef.of(text, text)).orElseThrow()));
                assertEquals(
                        text, content(open().scripts().find(ScriptRef.of(text)).orElseThrow()));
            }
            assertEverythingIsWithinTheSpace();
        }

        @Test
        void scriptsThatAreNoFilesAreRefused() throws IOException {
            LocalSpace space = open();
            Path missing = home().resolve("missing.py");
            assertThrows(
                    NoSuchFileException.class,
                    () -> space.deploy(Script.ofFile(ScriptRef.of("a"), missing).build()));
            Path folder = Files.createDirectories(home().resolve("folder"));
            assertThrows(
                    InvalidRequestException.class,
                    () -> space.deploy(Script.ofFile(ScriptRef.of("a"), folder).build()));
            assertEquals(Optional.empty(), space.scripts().find(ScriptRef.of("a")));
            assertEquals(List.of(), new SpaceByHand(directory()).leftovers());
        }

        @Test
        void scriptsComeFromAnyFileSystem() throws IOException {
            try (FileSystem elsewhere = Jimfs.newFileSystem(Configuration.unix())) {
                Path file = Files.writeString(elsewhere.getPath("/work/žluť.py"), "print(1)");
                Script found =
                        open().deploy(Script.ofFile(ScriptRef.of("a"), file).build());
                assertEquals("žluť.py", found.file().orElseThrow().getFileName().toString());
                assertEquals(home().getFileSystem(), found.file().orElseThrow().getFileSystem());
                Path backslash = Files.writeString(elsewhere.getPath("/work/..\\..\\x.py"), "print(1)");
                Script odd = Script.ofFile(ScriptRef.of("b"), backslash).build();
                if (home().getFileSystem().getSeparator().equals("\\")) {
                    assertThrows(InvalidRequestException.class, () -> open().deploy(odd));
                } else {
                    open().deploy(odd);
                }
                assertEverythingIsWithinTheSpace();
            }
        }

        private void assertEverythingIsWithinTheSpace() throws IOException {
            try (Stream<Path> top = Files.list(home())) {
                Set<String> names = new HashSet<>();
                top.forEach(path -> names.add(path.getFileName().toString()));
                names.remove("scripts");
                assertEquals(Set.of("space"), names);
            }
            for (Path file : new SpaceByHand(directory()).files()) {
                assertTrue(
                        file.startsWith(directory().resolve("scripts"))
                                || file.toString().matches("\\p{ASCII}*"),
                        file.toString());
            }
        }
    }

    @Test
    void aFullDiskPublishesNothing() throws IOException {
        Configuration small =
                Configuration.unix().toBuilder().setMaxSize(1 << 20).build();
        try (FileSystem files = Jimfs.newFileSystem(small)) {
            LocalSpace space = LocalSpace.open(files.getPath("/space"));
            Publication publication = new Publication(
                    DataReference.assetNamed("a"),
                    "",
                    "text/plain",
                    new PublishKey(new ItemKey(JobId.random(), 0), ""));
            try (Upload upload = space.sink().begin(publication, Access.none())) {
                assertThrows(IOException.class, () -> upload.stream().write(new byte[2 << 20]));
                assertThrows(IOException.class, () -> upload.stream().write(1));
                assertThrows(IOException.class, upload::commit);
            }
            assertThrows(
                    IOException.class, () -> space.add(new ByteArrayInputStream(new byte[2 << 20]), "a", "text/plain"));
            assertEquals(List.of(), space.listAll());
            assertEquals(List.of(), new SpaceByHand(space.directory()).leftovers());
            space.add(new ByteArrayInputStream(new byte[1 << 19]), "a", "text/plain");
        }
    }

    @Nested
    class OnUnix extends OnAFileSystem {
        private final FileSystem files = Jimfs.newFileSystem(Configuration.unix());

        @Override
        Path home() {
            return files.getPath("/home");
        }

        @AfterEach
        void close() throws IOException {
            files.close();
        }
    }

    @Nested
    class OnWindows extends OnAFileSystem {
        private final FileSystem files = Jimfs.newFileSystem(Configuration.windows());

        @Override
        Path home() {
            return files.getPath("C:\\home");
        }

        @AfterEach
        void close() throws IOException {
            files.close();
        }
    }

    @Nested
    class OnThisMachine extends OnAFileSystem {
        @TempDir
        Path directory;

        @Override
        Path home() {
            return directory;
        }

        @Test
        void nobodyElseMayLookInside() throws IOException {
            LocalSpace space = LocalSpace.open(directory.resolve("deep/space"), new MaskingSealer(7));
            space.save(Connection.builder("cos", "s3")
                    .secret("key", Secret.of("x"))
                    .build());
            space.add(new ByteArrayInputStream(new byte[1]), "a", "text/plain");
            space.deploy(Script.ofFile(ScriptRef.of("a"), Files.writeString(directory.resolve("s.py"), "print(1)"))
                    .build());
            try (Stream<Path> all = Files.walk(space.directory())) {
                for (Path path : all.toList()) {
                    String mode = PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
                    boolean script = path.endsWith("s.py");
                    assertEquals(
                            Files.isDirectory(path) ? "rwx------" : script ? "r--------" : "rw-------",
                            mode,
                            path.toString());
                }
            }
        }

        @Test
        void aSpaceMayBeOpenedThroughALink() throws IOException {
            LocalSpace space = LocalSpace.open(directory.resolve("space"));
            Path link = Files.createSymbolicLink(directory.resolve("link"), space.directory());
            try (Upload upload = space.sink()
                    .begin(
                            new Publication(
                                    DataReference.assetNamed("a"),
                                    "",
                                    "text/plain",
                                    new PublishKey(new ItemKey(JobId.random(), 0), "")),
                            Access.none())) {
                upload.stream().write(new byte[1_000_000]);
                LocalSpace.open(link);
                upload.commit();
            }
            assertTrue(LocalSpace.open(link).find("a").isPresent());
        }
    }
}
