package io.longshore.workspace;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.common.jimfs.Configuration;
import com.google.common.jimfs.Jimfs;
import io.longshore.api.JobId;
import io.longshore.spi.ItemKey;
import io.longshore.spi.LaunchKey;
import java.io.IOException;
import java.nio.file.FileSystem;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class WorkspaceTest {
    private static final LaunchKey FIRST = new LaunchKey(new ItemKey(JobId.random(), 0), 1);

    @TempDir
    Path disk;

    @Test
    void directoriesAreTheOwnersAlone() throws IOException {
        Workspace workspace = Workspace.of(disk.resolve("work"), FIRST);
        workspace.create();
        for (Path each : new Path[] {workspace.input(), workspace.output(), workspace.scratch(), workspace.control()}) {
            assertEquals("rwx------", PosixFilePermissions.toString(Files.getPosixFilePermissions(each)));
        }
        Workspace.writePrivate(workspace.connections(), new byte[] {1});
        assertEquals(
                "rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(workspace.connections())));
    }

    @Test
    void createBeginsAnewAndDeleteLeavesNothing() throws IOException {
        try (FileSystem windows = Jimfs.newFileSystem(Configuration.windows())) {
            for (Path root : new Path[] {disk.resolve("work"), windows.getPath("C:\\work")}) {
                Workspace workspace = Workspace.of(root, FIRST);
                workspace.create();
                Files.createFile(workspace.output().resolve("old"));
                workspace.create();
                try (Stream<Path> output = Files.list(workspace.output())) {
                    assertEquals(0, output.count());
                }
                workspace.delete();
                try (Stream<Path> left = Files.list(root)) {
                    assertEquals(0, left.count());
                }
            }
        }
    }

    @Test
    void reserveIsTakenOnceAndReleasedWhateverAScriptMadeOfIt() throws IOException {
        Workspace workspace = Workspace.of(disk, FIRST);
        workspace.create();
        Path reserve = workspace.control().resolve("reserve");
        workspace.takeReserve();
        Object made = Files.getLastModifiedTime(reserve);
        workspace.takeReserve();
        assertEquals(made, Files.getLastModifiedTime(reserve));
        assertEquals(256 << 10, Files.size(reserve));
        workspace.releaseReserve();
        workspace.releaseReserve();
        Files.createDirectories(reserve.resolve("sub"));
        workspace.releaseReserve();
        assertFalse(Files.exists(reserve));
    }

    @Test
    void deleteLeavesOtherAttemptsAndItems() throws IOException {
        Workspace first = Workspace.of(disk, FIRST);
        Workspace second = Workspace.of(disk, new LaunchKey(FIRST.item(), 2));
        first.create();
        second.create();
        first.delete();
        assertTrue(Files.isDirectory(second.input()));
        second.delete();
        assertFalse(Files.exists(disk.resolve(FIRST.item().job().value())));
    }

    @Test
    void linksAreRemovedAndNotFollowed() throws IOException {
        Path outside = Files.createDirectory(disk.resolve("outside"));
        Files.createFile(outside.resolve("precious"));
        Path tree = Files.createDirectory(disk.resolve("tree"));
        Files.createSymbolicLink(tree.resolve("link"), outside);
        Files.createSymbolicLink(tree.resolve("nowhere"), disk.resolve("nothing"));
        Workspace.deleteTree(tree);
        assertFalse(Files.exists(tree));
        assertTrue(Files.exists(outside.resolve("precious")));
        Path link = Files.createSymbolicLink(disk.resolve("link"), outside);
        Workspace.deleteTree(link);
        assertTrue(Files.exists(outside.resolve("precious")));
    }

    @Test
    void treeDeeperThanAPathCanBeIsRemoved() throws IOException {
        Path root = Files.createDirectory(disk.resolve("root"));
        Path chain = Files.createDirectory(root.resolve("chain"));
        Files.createFile(chain.resolve("leaf"));
        String name = "d".repeat(100);
        for (int i = 0; i < 500; i++) {
            Path parent = Files.createDirectory(root.resolve("parent"));
            Files.move(chain, parent.resolve(name));
            Files.move(parent, chain);
        }
        Workspace.deleteTree(root);
        assertFalse(Files.exists(root));
    }
}
