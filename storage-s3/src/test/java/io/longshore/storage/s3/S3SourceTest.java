package io.longshore.storage.s3;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.common.jimfs.Configuration;
import com.google.common.jimfs.Jimfs;
import io.longshore.api.Connection;
import io.longshore.api.DataReference;
import io.longshore.api.Handling;
import io.longshore.spi.Access;
import io.longshore.spi.PermanentStorageException;
import io.longshore.spi.SourceObject;
import io.longshore.spi.Transfer;
import io.longshore.testkit.RecordingTransfer;
import java.io.IOException;
import java.nio.file.FileSystem;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class S3SourceTest {
    private static final S3Server SERVER = S3Server.start();

    private final S3Storage storage = S3Storage.builder().partBytes(5 << 20).build();
    private final String bucket = SERVER.createBucket();
    private final Access access = S3Test.access(SERVER);

    @AfterEach
    void close() {
        storage.close();
    }

    @Test
    void folderOfManyPagesIsListedInOrder() throws IOException {
        List<String> names = IntStream.range(0, 5000)
                .mapToObj(i -> String.format("%04d.txt", i))
                .toList();
        SERVER.putAll(bucket, names.stream().map(name -> "folder/" + name).toList(), new byte[1]);
        SERVER.put(bucket, "folder2/other.txt", new byte[1]);
        List<SourceObject> objects = resolved(folder("folder/"));
        assertEquals(names, objects.stream().map(SourceObject::relativeName).toList());
        assertEquals(names, objects.stream().map(SourceObject::name).toList());
    }

    @Test
    void objectOfAFolderIsReachedByItsOwnReference(@TempDir Path directory) throws IOException {
        SERVER.put(bucket, "in/a/b c+d%20.csv", S3Test.content(1000));
        DataReference folder = DataReference.builder("connection_asset")
                .id("events")
                .connection("test")
                .handling(Handling.ENGINE)
                .location("bucket", bucket)
                .location("prefix", "in/")
                .build();
        SourceObject object = resolved(folder).get(0);
        DataReference one = DataReference.builder("connection_asset")
                .id("events")
                .connection("test")
                .handling(Handling.ENGINE)
                .location("bucket", bucket)
                .location("key", "in/a/b c+d%20.csv")
                .build();
        assertEquals(one, object.reference());
        assertEquals("a/b c+d%20.csv", object.relativeName());
        assertEquals("b c+d%20.csv", object.name());
        assertEquals("s3://" + bucket + "/in/a/b c+d%20.csv", object.source());
        assertEquals(OptionalLong.of(1000), object.sizeBytes());
        assertEquals(object.version(), resolved(one).get(0).version());
        Path target = directory.resolve("fetched");
        storage.fetch(object, access, target, Transfer.UNWATCHED);
        assertArrayEquals(S3Test.content(1000), Files.readAllBytes(target));
    }

    @Test
    void markersOfFoldersAreLeftOut() throws IOException {
        SERVER.put(bucket, "in/", new byte[0]);
        SERVER.put(bucket, "in/a", new byte[0]);
        SERVER.put(bucket, "in/sub/", new byte[0]);
        SERVER.put(bucket, "in/sub/b", new byte[0]);
        assertEquals(List.of("a", "sub/b"), relativeNames("in/"));
    }

    @Test
    void prefixNeedNotEndInASlash() throws IOException {
        SERVER.put(bucket, "in/data/a", new byte[0]);
        SERVER.put(bucket, "in/data-2025.csv", new byte[0]);
        SERVER.put(bucket, "in/other", new byte[0]);
        assertEquals(List.of("a", "data-2025.csv"), sorted(relativeNames("in/data")));
        assertEquals(List.of("data-2025.csv", "data/a", "other"), sorted(relativeNames("in")));
        assertEquals(List.of("in/data-2025.csv", "in/data/a", "in/other"), sorted(relativeNames("")));
        assertEquals(List.of("other"), relativeNames("in/other"));
    }

    @Test
    void namesThatAPrefixMakesAlikeAreRefused() {
        SERVER.put(bucket, "in/data/data.csv", new byte[0]);
        SERVER.put(bucket, "in/data.csv", new byte[0]);
        PermanentStorageException refusal =
                assertThrows(PermanentStorageException.class, () -> relativeNames("in/data"));
        assertTrue(refusal.getMessage().endsWith("\"data.csv\""), refusal.getMessage());
    }

    @Test
    void folderWithoutObjectsIsNoFailure() throws IOException {
        assertEquals(List.of(), relativeNames("nothing/"));
    }

    @Test
    void bucketMayComeFromTheConnection() throws IOException {
        SERVER.put(bucket, "a", S3Test.content(7));
        Access with = Access.by(S3Test.connection(SERVER)
                .property(Connection.ENDPOINT, SERVER.endpoint().toString())
                .property(Connection.BUCKET, bucket)
                .build());
        DataReference reference = DataReference.builder("connection_asset")
                .connection("test")
                .location("file_name", "a")
                .build();
        storage.check(reference);
        SourceObject object = S3Test.resolved(storage, reference, with);
        assertEquals(reference, object.reference());
        assertEquals("s3://" + bucket + "/a", object.source());
        PermanentStorageException none =
                assertThrows(PermanentStorageException.class, () -> S3Test.resolved(storage, reference, access));
        assertTrue(none.getMessage().contains("location.bucket is missing"), none.getMessage());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "a b",
                "a+b",
                "100%",
                "%2F",
                "žluťoučký kůň",
                "e\u0301",
                "🚢.csv",
                "a?b#c",
                "a&b=c",
                "'\"`",
                "back\\slash",
                "a;b,c:d@e",
                "~!*()",
                "<x>&amp;",
                " space at both ends ",
                ".hidden"
            })
    void keysMayHoldAnyText(String key, @TempDir Path directory) throws IOException {
        SERVER.put(bucket, "in/" + key, S3Test.content(10));
        SourceObject one = S3Test.resolved(storage, DataReference.s3("test", bucket, "in/" + key), access);
        SourceObject listed = resolved(folder("in/")).get(0);
        assertEquals(key, listed.relativeName());
        assertEquals(one.source(), listed.source());
        storage.fetch(listed, access, directory.resolve("fetched"), Transfer.UNWATCHED);
        assertArrayEquals(S3Test.content(10), Files.readAllBytes(directory.resolve("fetched")));
    }

    @ParameterizedTest
    @ValueSource(ints = {100, (12 << 20) + 3})
    void objectThatChangedIsNotFetched(int size, @TempDir Path directory) throws IOException {
        SERVER.put(bucket, "a", S3Test.content(size));
        SourceObject object = S3Test.resolved(storage, DataReference.s3("test", bucket, "a"), access);
        byte[] other = S3Test.content(size);
        other[size / 2]++;
        SERVER.put(bucket, "a", other);
        PermanentStorageException changed = assertThrows(
                PermanentStorageException.class,
                () -> storage.fetch(object, access, directory.resolve("fetched"), Transfer.UNWATCHED));
        assertEquals(
                "reading \"s3://" + bucket + "/a\": changed since it was looked up (PreconditionFailed, 412)",
                changed.getMessage());
    }

    @Test
    void objectThatWentAwayIsNoSuchFile(@TempDir Path directory) throws IOException {
        SERVER.put(bucket, "a", S3Test.content(1));
        SourceObject object = S3Test.resolved(storage, DataReference.s3("test", bucket, "a"), access);
        SERVER.delete(bucket, "a");
        assertThrows(
                NoSuchFileException.class,
                () -> storage.fetch(object, access, directory.resolve("fetched"), Transfer.UNWATCHED));
    }

    @Test
    void bytesThatDifferFromTheirMd5AreNotTaken(@TempDir Path directory) throws IOException {
        SERVER.put(bucket, "a", S3Test.content(100_000));
        try (FaultyProxy proxy = FaultyProxy.before(SERVER)) {
            Access through = S3Test.access(SERVER, proxy.endpoint());
            SourceObject object = S3Test.resolved(storage, DataReference.s3("test", bucket, "a"), through);
            proxy.strikeResponses(FaultyProxy.Fault.DAMAGE, 50_000);
            IOException damaged = assertThrows(
                    IOException.class,
                    () -> storage.fetch(object, through, directory.resolve("damaged"), Transfer.UNWATCHED));
            assertEquals("reading \"s3://" + bucket + "/a\": its bytes differ from its MD5", damaged.getMessage());
        }
    }

    @Test
    void largeObjectIsFetchedByRanges(@TempDir Path directory) throws IOException {
        byte[] content = S3Test.content((23 << 20) + 12_345);
        SERVER.put(bucket, "a", content);
        SourceObject object = S3Test.resolved(storage, DataReference.s3("test", bucket, "a"), access);
        RecordingTransfer transfer = RecordingTransfer.unstopped();
        storage.fetch(object, access, directory.resolve("fetched"), transfer);
        assertArrayEquals(content, Files.readAllBytes(directory.resolve("fetched")));
        assertEquals(content.length, transfer.bytes());
        assertTrue(transfer.checks() >= 24, "asked once a MiB");
    }

    @Test
    void fullDiskIsToldWithTheFileThatCouldNotBeWritten() throws IOException {
        SERVER.put(bucket, "a", S3Test.content(200 * 1024));
        SourceObject object = S3Test.resolved(storage, DataReference.s3("test", bucket, "a"), access);
        try (FileSystem small = Jimfs.newFileSystem(Configuration.unix().toBuilder()
                .setMaxSize(64 * 1024)
                .setBlockSize(4096)
                .build())) {
            FileSystemException full = assertThrows(
                    FileSystemException.class,
                    () -> storage.fetch(object, access, small.getPath("/work/fetched"), Transfer.UNWATCHED));
            assertEquals("/work/fetched: out of disk space", full.getMessage());
        }
    }

    @Test
    void nothingIsWrittenOverAFile(@TempDir Path directory) throws IOException {
        SERVER.put(bucket, "a", S3Test.content(10));
        SourceObject object = S3Test.resolved(storage, DataReference.s3("test", bucket, "a"), access);
        Path taken = Files.write(directory.resolve("taken"), new byte[] {1});
        assertThrows(IOException.class, () -> storage.fetch(object, access, taken, Transfer.UNWATCHED));
        assertArrayEquals(new byte[] {1}, Files.readAllBytes(taken));
    }

    private DataReference folder(String prefix) {
        return DataReference.builder("s3")
                .connection("test")
                .location("bucket", bucket)
                .location("prefix", prefix)
                .build();
    }

    private List<String> relativeNames(String prefix) throws IOException {
        return resolved(folder(prefix)).stream().map(SourceObject::relativeName).toList();
    }

    private static List<String> sorted(List<String> names) {
        return names.stream().sorted().toList();
    }

    private List<SourceObject> resolved(DataReference reference) throws IOException {
        storage.check(reference);
        List<SourceObject> objects = new ArrayList<>();
        storage.resolve(reference, access, objects::add);
        return objects;
    }
}
