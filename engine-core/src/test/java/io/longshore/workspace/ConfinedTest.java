package io.longshore.workspace;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.common.jimfs.Configuration;
import com.google.common.jimfs.Jimfs;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystem;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@Timeout(60)
final class ConfinedTest {
    private static final int MANY = 2_000;

    /** File systems that hold a directory open, and one that does not. */
    enum Kind {
        DISK,
        UNIX,
        WINDOWS
    }

    private final List<FileSystem> inMemory =
            List.of(Jimfs.newFileSystem(Configuration.unix()), Jimfs.newFileSystem(Configuration.windows()));

    @TempDir
    Path disk;

    @AfterEach
    void close() throws IOException {
        for (FileSystem each : inMemory) {
            each.close();
        }
    }

    /** A directory with a file {@code sub/file} of the content "inside", and beside it one with "outside". */
    private Path root(Kind kind) throws IOException {
        Path parent = kind == Kind.DISK
                ? disk
                : inMemory.get(kind == Kind.UNIX ? 0 : 1).getPath("x").toAbsolutePath();
        for (String each : List.of("inside", "outside")) {
            Path sub = Files.createDirectories(parent.resolve(each).resolve("sub"));
            Files.writeString(sub.resolve("file"), each);
        }
        return parent.resolve("inside");
    }

    private static String read(Path root, String file) throws IOException {
        try (Confined opened = Confined.open(root, root.getFileSystem().getPath(file))) {
            ByteBuffer content = ByteBuffer.allocate((int) opened.attributes().size());
            while (content.hasRemaining() && opened.channel().read(content) >= 0) {
                // until it is full
            }
            return StandardCharsets.UTF_8.decode(content.flip()).toString();
        }
    }

    private static String refused(Path root, String file) {
        return assertThrows(FileSystemException.class, () -> read(root, file)).getReason();
    }

    @ParameterizedTest
    @EnumSource
    void fileBelowItsDirectoryIsRead(Kind kind) throws IOException {
        Path root = root(kind);
        Files.writeString(root.resolve("top"), "top");
        assertEquals("inside", read(root, "sub/file"));
        assertEquals("top", read(root, "top"));
    }

    @ParameterizedTest
    @EnumSource
    void noLinkIsFollowedWhereverItStands(Kind kind) throws IOException {
        Path root = root(kind);
        Path outside = root.resolveSibling("outside");
        Files.createSymbolicLink(root.resolve("link"), outside.resolve("sub/file"));
        Files.createSymbolicLink(root.resolve("directory"), outside.resolve("sub"));
        Files.createSymbolicLink(root.resolve("sub/up"), root);
        Path replaced = Files.createSymbolicLink(root.resolveSibling("replaced"), outside);
        assertEquals("is no regular file", refused(root, "link"));
        assertEquals("is no directory", refused(root, "directory/file"));
        assertEquals("is no directory", refused(root, "sub/up/sub/file"));
        assertEquals("is no directory", refused(replaced, "sub/file"));
    }

    @ParameterizedTest
    @EnumSource
    void pathThatLeadsOutIsRefused(Kind kind) throws IOException {
        Path root = root(kind);
        for (String file : List.of("../outside/sub/file", "sub/../../outside/sub/file", "./sub/file", "..")) {
            assertEquals("leads out of its directory", refused(root, file), file);
        }
        String absolute = root.resolve("sub/file").toString();
        assertEquals("leads out of its directory", refused(root, absolute));
        assertEquals("is no regular file", refused(root, ""));
    }

    @ParameterizedTest
    @EnumSource
    void whatIsAbsentIsSaidToBe(Kind kind) throws IOException {
        Path root = root(kind);
        for (String file : List.of("absent", "absent/file", "sub/absent")) {
            assertThrows(NoSuchFileException.class, () -> read(root, file), file);
        }
        assertThrows(NoSuchFileException.class, () -> read(root.resolveSibling("absent"), "file"));
    }

    @Test
    void pipeIsNotWaitedFor() throws Exception {
        Path root = root(Kind.DISK);
        Process made = new ProcessBuilder("mkfifo", root.resolve("pipe").toString()).start();
        assertEquals(0, made.waitFor());
        assertEquals("is no regular file", refused(root, "pipe"));
        assertEquals("is no directory", refused(root, "pipe/file"));
    }

    @Test
    void fileIsReadHoweverDeepItLies() throws IOException {
        Path root = root(Kind.UNIX);
        String deep = "d/".repeat(MANY);
        Files.createDirectories(root.resolve(deep));
        Files.writeString(root.resolve(deep + "file"), "deep");
        assertEquals("deep", read(root, deep + "file"));
    }

    @Test
    void directoryThatIsSwappedWithALinkNeverLeadsOutside() throws Exception {
        Path root = root(Kind.DISK);
        Path sub = root.resolve("sub");
        Path away = root.resolve("away");
        Path link = Files.createSymbolicLink(root.resolve("link"), disk.resolve("outside/sub"));
        AtomicBoolean done = new AtomicBoolean();
        Thread swapper = new Thread(() -> {
            try {
                while (!done.get()) {
                    Files.move(sub, away);
                    Files.move(link, sub);
                    Files.move(sub, link);
                    Files.move(away, sub, StandardCopyOption.ATOMIC_MOVE);
                }
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        });
        swapper.start();
        int inside = 0;
        try {
            for (int i = 0; i < MANY || inside == 0; i++) {
                assertTrue(swapper.isAlive(), "it swaps no more");
                try {
                    assertEquals("inside", read(root, "sub/file"));
                    inside++;
                } catch (FileSystemException e) {
                    // it was a link just then, or nothing
                }
            }
        } finally {
            done.set(true);
            swapper.join();
        }
    }
}
