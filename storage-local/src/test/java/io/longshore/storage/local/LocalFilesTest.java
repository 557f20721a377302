package io.longshore.storage.local;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.common.jimfs.Configuration;
import com.google.common.jimfs.Jimfs;
import io.longshore.api.DataReference;
import io.longshore.api.JobId;
import io.longshore.spi.Access;
import io.longshore.spi.DataSink;
import io.longshore.spi.DataSource;
import io.longshore.spi.ItemKey;
import io.longshore.spi.PermanentStorageException;
import io.longshore.spi.Publication;
import io.longshore.spi.PublishKey;
import io.longshore.spi.Published;
import io.longshore.spi.SourceObject;
import io.longshore.spi.Transfer;
import io.longshore.spi.Upload;
import io.longshore.testkit.DataSinkContract;
import io.longshore.testkit.DataSourceContract;
import java.io.IOException;
import java.net.URI;
import java.nio.file.FileSystem;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LocalFilesTest {
    /** Publications are kept in user attributes, which Jimfs has only when told so. */
    private static final Configuration UNIX = Configuration.unix().toBuilder()
            .setAttributeViews("basic", "owner", "posix", "user")
            .build();

    private static final Configuration WINDOWS = Configuration.windows().toBuilder()
            .setAttributeViews("basic", "user")
            .build();

    @Test
    void fullDiskIsToldWithTheFileThatCouldNotBeWritten() throws IOException {
        try (FileSystem small = Jimfs.newFileSystem(
                UNIX.toBuilder().setMaxSize(256 * 1024).setBlockSize(4096).build())) {
            Path large = Files.write(small.getPath("/work/large"), new byte[200 * 1024]);
            LocalFiles files = LocalFiles.of(small);
            List<SourceObject> objects = new ArrayList<>();
            files.resolve(file(large.toString()), Access.none(), objects::add);
            FileSystemException staging = assertThrows(
                    FileSystemException.class,
                    () -> files.fetch(objects.get(0), Access.none(), small.getPath("/work/copy"), Transfer.UNWATCHED));
            assertEquals("/work/copy: out of disk space", staging.getMessage());
            Files.delete(small.getPath("/work/copy"));
            try (Upload upload = files.begin(publication(small.getPath("/work/out.zip")), Access.none())) {
                FileSystemException publishing = assertThrows(
                        FileSystemException.class, () -> upload.stream().write(new byte[200 * 1024]));
                assertTrue(publishing.getMessage().startsWith("/work/.out.zip"), publishing.getMessage());
            }
        }
    }

    abstract static class Inputs extends DataSourceContract {
        abstract Path home() throws IOException;

        private LocalFiles files;

        @Override
        protected DataSource source() throws IOException {
            if (files == null) {
                files = LocalFiles.of(home().getFileSystem());
            }
            return files;
        }

        @Override
        protected Access access() {
            return Access.none();
        }

        @Override
        protected DataReference stored(String name, byte[] content) throws IOException {
            Path file = home().resolve(name);
            Files.createDirectories(file.getParent());
            Files.write(file, content);
            return file(file.toString());
        }

        @Override
        protected DataReference missing() throws IOException {
            return file(home().resolve("missing").toString());
        }

        @Override
        protected List<DataReference> incomplete() throws IOException {
            return List.of(
                    DataReference.builder("file").build(),
                    file(""),
                    file("relative.csv"),
                    file(home() + home().getFileSystem().getSeparator()));
        }

        @Override
        protected Path targets(Path temporary) throws IOException {
            return Files.createDirectories(home().resolve("fetched here"));
        }
    }

    abstract static class Outputs extends DataSinkContract {
        abstract Path home() throws IOException;

        private LocalFiles files;

        private Path place() throws IOException {
            return Files.createDirectories(home().resolve("outputs"));
        }

        @Override
        protected DataSink sink() throws IOException {
            if (files == null) {
                files = LocalFiles.of(home().getFileSystem());
            }
            return files;
        }

        @Override
        protected DataSink reopened() throws IOException {
            return LocalFiles.of(home().getFileSystem());
        }

        @Override
        protected Access access() {
            return Access.none();
        }

        @Override
        protected DataReference target(String name) throws IOException {
            Path file = place().resolve(name);
            Files.createDirectories(file.getParent());
            return file(place() + "/" + name);
        }

        @Override
        protected List<DataReference> incomplete() throws IOException {
            return List.of(DataReference.builder("file").build(), file(""), file("relative.zip"), file(place() + "/"));
        }

        @Override
        protected Set<String> visible() throws IOException {
            Set<String> names = new TreeSet<>(names());
            names.removeIf(name -> name.contains(".longshore-"));
            return names;
        }

        @Override
        protected List<String> leftovers() throws IOException {
            List<String> names = new ArrayList<>(names());
            names.removeIf(name -> !name.contains(".longshore-"));
            return names;
        }

        private List<String> names() throws IOException {
            try (Stream<Path> all = Files.walk(place())) {
                Path place = place();
                return all.filter(Files::isRegularFile)
                        .map(file -> place.relativize(file).toString().replace('\\', '/'))
                        .toList();
            }
        }

        @Override
        protected byte[] read(Published published) throws IOException {
            return Files.readAllBytes(Path.of(URI.create(published.href())));
        }
    }

    @Nested
    class InputsOnUnix extends Inputs {
        private final FileSystem files = Jimfs.newFileSystem(UNIX);

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
    class InputsOnWindows extends Inputs {
        private final FileSystem files = Jimfs.newFileSystem(WINDOWS);

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
    class InputsOnThisMachine extends Inputs {
        @TempDir
        Path directory;

        @Override
        Path home() {
            return directory;
        }
    }

    @Nested
    class OutputsOnUnix extends Outputs {
        private final FileSystem files = Jimfs.newFileSystem(UNIX);

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
    class OutputsOnWindows extends Outputs {
        private final FileSystem files = Jimfs.newFileSystem(WINDOWS);

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
    class OutputsOnThisMachine extends Outputs {
        @TempDir
        Path directory;

        @Override
        Path home() {
            return directory;
        }
    }

    @Test
    void publicationsAreRememberedWhereFilesCarryNoAttributes() throws IOException {
        try (FileSystem plain = Jimfs.newFileSystem(Configuration.unix())) {
            Path target = plain.getPath("/work/a.zip");
            LocalFiles files = LocalFiles.of(plain);
            Publication publication = publication(target);
            Published published = publish(files, publication, 1);
            assertEquals(Optional.of(published), files.find(publication, Access.none()));
            assertEquals(published, publish(files, publication, 2));
            assertArrayEquals(new byte[] {1}, Files.readAllBytes(target));
            publish(files, publication(target), 3);
            assertEquals(Optional.empty(), files.find(publication, Access.none()));
        }
    }

    @Test
    void anExistingFileIsReplacedAndForgetsWhatItWas(@TempDir Path directory) throws IOException {
        Path target = directory.resolve("a.zip");
        Files.write(target, new byte[] {9});
        LocalFiles files = LocalFiles.ofHost();
        Publication first = publication(target);
        publish(files, first, 1);
        assertArrayEquals(new byte[] {1}, Files.readAllBytes(target));
        publish(files, publication(target), 2);
        assertArrayEquals(new byte[] {2}, Files.readAllBytes(target));
        assertEquals(Optional.empty(), files.find(first, Access.none()));
    }

    @Test
    void aLinkStaysAndWhatItLeadsToIsReplaced(@TempDir Path directory) throws IOException {
        Path real = Files.createDirectory(directory.resolve("real")).resolve("a.zip");
        Path link = Files.createSymbolicLink(directory.resolve("link.zip"), Path.of("real/a.zip"));
        LocalFiles files = LocalFiles.ofHost();
        Publication publication = publication(link);
        Published published = publish(files, publication, 1);
        assertTrue(Files.isSymbolicLink(link));
        assertArrayEquals(new byte[] {1}, Files.readAllBytes(real));
        assertFalse(Files.isSymbolicLink(real));
        assertEquals(Optional.of(published), LocalFiles.ofHost().find(publication, Access.none()));
        publish(files, publication(link), 2);
        assertArrayEquals(new byte[] {2}, Files.readAllBytes(real));
        assertEquals(link.toString(), published.name());

        Path loop = Files.createSymbolicLink(directory.resolve("loop"), Path.of("loop"));
        assertThrows(PermanentStorageException.class, () -> files.begin(publication(loop), Access.none()));
    }

    @Test
    void whatIsNoRegularFileIsNeverReplaced(@TempDir Path directory) throws Exception {
        LocalFiles files = LocalFiles.ofHost();
        Path folder = Files.createDirectory(directory.resolve("folder"));
        assertRefused(files, folder, "a directory");
        assertRefused(files, Path.of("/dev/stdout"), "a device or a FIFO");
        assertRefused(files, Path.of("/dev/null"), "a device or a FIFO");
        assertRefused(files, directory.resolve("missing/a.zip"), "the directory of an output file is missing");
        Path fifo = directory.resolve("fifo");
        assertEquals(0, new ProcessBuilder("mkfifo", fifo.toString()).start().waitFor());
        assertRefused(files, fifo, "a device or a FIFO");
        assertThrows(
                PermanentStorageException.class,
                () -> files.resolve(file(fifo.toString()), Access.none(), object -> {}));
        assertThrows(
                PermanentStorageException.class,
                () -> files.resolve(file(folder.toString()), Access.none(), object -> {}));
    }

    @Test
    void aFileThatChangesIsNotFetched(@TempDir Path directory) throws IOException {
        Path file = directory.resolve("a.csv");
        Files.write(file, new byte[] {1, 2, 3});
        LocalFiles files = LocalFiles.ofHost();
        List<SourceObject> objects = new ArrayList<>();
        files.resolve(file(file.toString()), Access.none(), objects::add);
        Files.write(file, new byte[] {1, 2});
        Path target = directory.resolve("fetched");
        assertThrows(
                PermanentStorageException.class,
                () -> files.fetch(objects.get(0), Access.none(), target, Transfer.UNWATCHED));
        assertFalse(Files.exists(target));
    }

    @Test
    void longAndHiddenNamesHaveTemporariesToo(@TempDir Path directory) throws IOException {
        LocalFiles files = LocalFiles.ofHost();
        for (String name : List.of("x".repeat(255), ".hidden", "ž".repeat(127), " ")) {
            Path target = directory.resolve(name);
            Publication publication = publication(target);
            try (Upload upload = files.begin(publication, Access.none())) {
                upload.stream().write(1);
                upload.stream().flush();
                files.abandon(publication, Access.none());
                assertEquals(Set.of(), names(directory));
            }
            publish(files, publication, 1);
            assertArrayEquals(new byte[] {1}, Files.readAllBytes(target));
            Files.delete(target);
        }
    }

    @Test
    void theModeIsWhatTheHostsUmaskSays(@TempDir Path directory) throws IOException {
        Path plain = Files.createFile(directory.resolve("plain"));
        Path target = directory.resolve("a.zip");
        publish(LocalFiles.ofHost(), publication(target), 1);
        assertEquals(Files.getPosixFilePermissions(plain), Files.getPosixFilePermissions(target));
    }

    private static void assertRefused(LocalFiles files, Path target, String why) {
        PermanentStorageException refusal =
                assertThrows(PermanentStorageException.class, () -> files.begin(publication(target), Access.none()));
        assertTrue(refusal.getMessage().startsWith(why), refusal.getMessage());
        assertTrue(refusal.getMessage().contains(target.toString()), refusal.getMessage());
    }

    private static Set<String> names(Path directory) throws IOException {
        try (Stream<Path> all = Files.list(directory)) {
            return all.filter(file -> Files.exists(file, LinkOption.NOFOLLOW_LINKS))
                    .map(file -> file.getFileName().toString())
                    .collect(Collectors.toSet());
        }
    }

    private static Published publish(LocalFiles files, Publication publication, int content) throws IOException {
        try (Upload upload = files.begin(publication, Access.none())) {
            upload.stream().write(content);
            return upload.commit();
        }
    }

    private static Publication publication(Path target) {
        return new Publication(
                file(target.toString()), "", "application/zip", new PublishKey(new ItemKey(JobId.random(), 0), ""));
    }

    private static DataReference file(String path) {
        return DataReference.builder("file").location("path", path).build();
    }
}
