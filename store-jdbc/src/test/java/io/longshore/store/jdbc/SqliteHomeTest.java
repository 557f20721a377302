package io.longshore.store.jdbc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.common.jimfs.Jimfs;
import io.longshore.spi.JobRecord;
import io.longshore.spi.PermanentStorageException;
import java.io.IOException;
import java.nio.file.FileSystem;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What becomes of a store by the place where it lies. */
final class SqliteHomeTest {
    @TempDir
    private Path directory;

    private static String permanent(Path home) {
        return assertThrows(PermanentStorageException.class, () -> JdbcJobStore.inDirectory(home))
                .getMessage();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "nfs",
                "nfs4",
                "NFS",
                "cifs",
                "smb2",
                "smb3",
                "smbfs",
                "9p",
                "fuse.sshfs",
                "fuse.s3fs",
                "fuse.glusterfs",
                "ceph",
                "lustre",
                "gfs2",
                "ocfs2",
                "afs",
                "vboxsf"
            })
    void networksAreRefused(String type) {
        assertTrue(Home.isNetwork(type));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "ext4",
                "ext3",
                "xfs",
                "btrfs",
                "zfs",
                "tmpfs",
                "overlay",
                "apfs",
                "NTFS",
                "fuseblk",
                "f2fs",
                "fuse.fuse-overlayfs",
                "bcachefs"
            })
    void disksAreNot(String type) {
        assertFalse(Home.isNetwork(type));
    }

    @Test
    void homeIsOnTheDefaultFileSystem() throws Exception {
        try (FileSystem other = Jimfs.newFileSystem()) {
            assertEquals(
                    "jobs are kept on a disk of this machine, not on a file system of jimfs: \"/home\"",
                    permanent(other.getPath("/home")));
        }
    }

    @Test
    void homeAndFilesArePrivateAndNothingElseIsLeft() throws Exception {
        Path home = directory.resolve("a/b");
        try (JdbcJobStore store = JdbcJobStore.inDirectory(home)) {
            JobRecord job = Records.job("d");
            store.create(job, Records.items(job, 1));
            TreeSet<String> names = new TreeSet<>();
            try (Stream<Path> files = Files.list(home)) {
                for (Path file : (Iterable<Path>) files::iterator) {
                    String mode = PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
                    names.add(file.getFileName() + " " + mode);
                }
            }
            assertEquals(
                    List.of("jobs.db rw-------", "jobs.db-shm rw-------", "jobs.db-wal rw-------", "wake rwx------"),
                    List.copyOf(names));
            assertEquals("rwx------", PosixFilePermissions.toString(Files.getPosixFilePermissions(home)));
        }
        try (Stream<Path> files = Files.list(home.resolve("wake"))) {
            assertEquals(List.of(), files.toList());
        }
    }

    @Test
    void answeredCommitsAreSynced() throws Exception {
        try (JdbcJobStore store = JdbcJobStore.inDirectory(directory);
                Database database =
                        SqliteDatabase.open(Home.open(directory), java.time.InstantSource.system(), () -> {})) {
            assertFalse(store.find(io.longshore.api.JobId.random()).isPresent());
            String settings = database.write(
                    "looking",
                    session -> session.first("PRAGMA synchronous", row -> row.getString(1))
                                    .orElseThrow()
                            + session.first("PRAGMA journal_mode", row -> row.getString(1))
                                    .orElseThrow());
            assertEquals("2wal", settings);
        }
    }

    @Test
    void nameOfTheHomeIsAnyText() throws Exception {
        Path home = directory.resolve("a b?c=d&e#f%41;ž'\"");
        JobRecord job = Records.job("d");
        try (JdbcJobStore store = JdbcJobStore.inDirectory(home)) {
            store.create(job, Records.items(job, 1));
        }
        assertTrue(Files.size(home.resolve("jobs.db")) > 0);
        try (JdbcJobStore store = JdbcJobStore.inDirectory(home)) {
            assertEquals(Optional.of(job), store.find(job.id()));
        }
    }

    @Test
    void wakeFileOfAKilledProcessIsClearedUp() throws Exception {
        Path wake = Files.createDirectories(directory.resolve("wake"));
        Path old = Files.createFile(wake.resolve("old"));
        Files.setLastModifiedTime(old, FileTime.from(Instant.now().minus(Duration.ofDays(2))));
        Path recent = Files.createFile(wake.resolve("recent"));
        JdbcJobStore.inDirectory(directory).close();
        assertFalse(Files.exists(old));
        assertTrue(Files.exists(recent));
    }

    @Test
    void fileInPlaceOfTheHomeIsRefused() throws Exception {
        Path file = Files.createFile(directory.resolve("file"));
        assertEquals("the home of jobs is a directory, which this is not: \"" + file + "\"", permanent(file));
    }

    @Test
    void directoryInPlaceOfTheFileIsRefused() throws Exception {
        Path place = Files.createDirectory(directory.resolve("jobs.db"));
        assertEquals("a directory lies where jobs are to be kept in a file: \"" + place + "\"", permanent(directory));
    }

    @Test
    void fileOfSomethingElseIsRefused() throws Exception {
        Path file = directory.resolve("jobs.db");
        Files.writeString(file, "These are jobs, in prose. ".repeat(1_000));
        assertEquals(
                "preparing the tables in the job store \"" + file + "\": the file is no SQLite database",
                permanent(directory));
    }

    @Test
    void damagedFileIsRefused() throws Exception {
        List<JobRecord> jobs = new ArrayList<>();
        try (JdbcJobStore store = JdbcJobStore.inDirectory(directory)) {
            for (int i = 0; i < 50; i++) {
                JobRecord job = Records.job("d");
                jobs.add(job);
                store.create(job, Records.items(job, 0, 20, "x".repeat(500)));
            }
        }
        Path file = directory.resolve("jobs.db");
        byte[] noise = new byte[(int) Files.size(file) - 4_096];
        Arrays.fill(noise, (byte) 0x5a);
        try (var channel = Files.newByteChannel(file, StandardOpenOption.WRITE)) {
            channel.position(4_096); // after the page that tells what the file is
            channel.write(java.nio.ByteBuffer.wrap(noise));
        }
        PermanentStorageException failure = assertThrows(PermanentStorageException.class, () -> {
            try (JdbcJobStore store = JdbcJobStore.inDirectory(directory)) {
                store.find(jobs.get(0).id());
            }
        });
        assertTrue(
                failure.getMessage().endsWith("in the job store \"" + file + "\": the file is damaged"),
                failure.getMessage());
    }

    @Test
    void homeThatCannotBeWrittenToIsRefused() throws Exception {
        Path home = Files.createDirectory(directory.resolve("home"));
        JdbcJobStore.inDirectory(home).close();
        boolean isMounted = false;
        Files.setPosixFilePermissions(home, PosixFilePermissions.fromString("r-xr-xr-x"));
        try {
            if (Files.isWritable(home)) { // root may write everywhere but where nobody may
                isMounted = Mounts.mount("-t", "tmpfs", "-o", "ro", "longshore-test", home.toString());
                assumeTrue(isMounted, "root writes everywhere, and may not mount here");
            }
            IOException failure = assertThrows(IOException.class, () -> JdbcJobStore.inDirectory(home));
            assertEquals("jobs cannot be kept where nothing can be written: \"" + home + "\"", failure.getMessage());
        } finally {
            if (isMounted) {
                Mounts.unmount(home);
            }
            Files.setPosixFilePermissions(home, PosixFilePermissions.fromString("rwx------"));
        }
    }

    @Test
    void fullDiskFailsWhatDoesNotFitAndNothingElse() throws Exception {
        Path home = Files.createDirectory(directory.resolve("home"));
        assumeTrue(
                Mounts.mount("-t", "tmpfs", "-o", "size=4m", "longshore-test", home.toString()),
                "mounting a small disk is not allowed here");
        try (JdbcJobStore store = JdbcJobStore.inDirectory(home)) {
            JobRecord small = Records.job("d");
            store.create(small, Records.items(small, 1));
            JobRecord large = Records.job("d", Optional.of("large"), "x".repeat(6_000_000));
            IOException failure = assertThrows(IOException.class, () -> store.create(large, Records.items(large, 1)));
            assertEquals(
                    "creating job " + large.id() + " in the job store \"" + home.resolve("jobs.db")
                            + "\": the disk is full",
                    failure.getMessage());
            assertFalse(failure instanceof PermanentStorageException);
            assertEquals(Optional.empty(), store.find(large.id()));
            assertEquals(Optional.of(small), store.find(small.id()));
            assertTrue(store.update(Records.running(small)));
        } finally {
            Mounts.unmount(home);
        }
    }

    @Test
    void failureNamesNoBody() throws Exception {
        JobRecord job = Records.job("d");
        try (Database database = SqliteDatabase.open(Home.open(directory), java.time.InstantSource.system(), () -> {});
                JdbcJobStore store = JdbcJobStore.in(database)) {
            database.write(
                    "making it fail",
                    session ->
                            session.update("CREATE TRIGGER refuse BEFORE INSERT ON longshore_items WHEN NEW.number = 7"
                                    + " BEGIN SELECT RAISE(ABORT, 'refused'); END"));
            IOException failure = assertThrows(
                    IOException.class, () -> store.create(job, Records.items(job, 0, 9, "{\"sealed\":\"body\"}")));
            for (Throwable each = failure; each != null; each = each.getCause()) {
                assertFalse(each.toString().contains("sealed"), each.toString());
            }
            assertEquals(Optional.empty(), store.find(job.id())); // whole or not at all
        }
    }
}
