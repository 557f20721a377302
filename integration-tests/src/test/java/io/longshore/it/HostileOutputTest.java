package io.longshore.it;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.longshore.api.Job;
import io.longshore.api.JobState;
import io.longshore.storage.local.Asset;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.apache.commons.compress.archivers.zip.ZipArchiveEntry;
import org.apache.commons.compress.archivers.zip.ZipFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Trees that no honest script leaves: they are archived as far as they can be, and swept whole. */
@Timeout(120)
final class HostileOutputTest {
    @RegisterExtension
    private final Host host = new Host();

    private Job run(String python) throws Exception {
        host.deploy(
                "bad",
                "bad.py",
                "import os, socket, sys\nout = os.environ['BATCH_OUTPUT_DIR']\nos.chdir(out)\n" + python);
        Job job = host.run(Host.wml("bad", "out", "\"environment_variables\":{\"MARKS\":\"" + host.mark("") + "\"}"));
        assertEquals(List.of(), host.workspaces());
        return job;
    }

    private static List<String> warnings(Job job) {
        assertEquals(JobState.COMPLETED, job.state(), job.outcome()::toString);
        return job.items().get(0).warnings();
    }

    private static void requireNamed(List<String> warnings, String... names) {
        for (String name : names) {
            assertTrue(warnings.stream().anyMatch(w -> w.contains(name)), () -> name + " is not in " + warnings);
        }
    }

    @Test // contract 2.6
    void namesThatAreNoTextAreArchivedAsTheyAre() throws Exception {
        Job job = run("""
                for name in (b"\\xff\\xfe", b"a\\nb", b" ", b"back\\\\slash", b"q?", "ž".encode(), b"\\xc3"):
                    with open(name, "wb") as f:
                        f.write(name)
                """);
        warnings(job);
        Asset asset = host.space().find("out").orElseThrow();
        List<String> names = new ArrayList<>();
        try (ZipFile zip = ZipFile.builder().setPath(host.bytesOf(asset)).get()) {
            for (ZipArchiveEntry entry : Collections.list(zip.getEntries())) {
                String name = new String(entry.getRawName(), ISO_8859_1);
                names.add(name);
                assertEquals(name, new String(zip.getInputStream(entry).readAllBytes(), ISO_8859_1));
            }
        }
        assertEquals(
                new TreeSet<>(List.of("\u00ff\u00fe", "a\nb", " ", "back\\slash", "q?", "\u00c5\u00be", "\u00c3")),
                new TreeSet<>(names));
    }

    @Test // contract 2.6
    void whatIsNoFileInsideIsLeftOutWithAWarning() throws Exception {
        Files.writeString(host.mark("outside"), "outside");
        Files.createDirectory(host.mark("folder"));
        Files.writeString(host.mark("folder").resolve("x"), "outside");
        Job job = run("""
                open("good", "w").write("good")
                os.mkdir("sub")
                os.mkfifo("fifo")
                socket.socket(socket.AF_UNIX).bind("socket")
                marks = os.environ["MARKS"]
                os.symlink(marks + "/outside", "link-out")
                os.symlink(marks + "/folder", "sub/folder-out")
                os.symlink("/etc/passwd", "passwd")
                os.symlink("../../../../../../../../../etc/passwd", "sub/relative")
                os.symlink("nowhere", "nowhere")
                os.symlink("loop-b", "loop-a")
                os.symlink("loop-a", "loop-b")
                os.symlink(".", "self")
                os.symlink("..", "sub/up")
                os.symlink("../good", "sub/inside")
                os.symlink("/proc/self/environ", "environ")
                os.symlink("fifo", "link-to-fifo")
                """);
        requireNamed(
                warnings(job),
                "fifo",
                "socket",
                "link-out",
                "folder-out",
                "passwd",
                "sub/relative",
                "nowhere",
                "loop-a",
                "loop-b",
                "self",
                "sub/up",
                "environ",
                "link-to-fifo");
        assertEquals(Map.of("good", "good", "sub/inside", "good"), host.texts("out"));
    }

    @Test // contract 2.6
    void directoriesThatNobodyMayEnterAreSweptAllTheSame() throws Exception {
        Job job = run("""
                open("good", "w").write("good")
                for top in (os.environ["WORKDIR"], os.environ["TMPDIR"], os.environ["BATCH_INPUT_DIR"], out):
                    for name in ("a", "a/b", "a/b/c"):
                        os.mkdir(os.path.join(top, name))
                    open(os.path.join(top, "a/b/c/file"), "w").close()
                    for name in ("a/b/c", "a/b", "a"):
                        os.chmod(os.path.join(top, name), 0)
                os.chmod(os.environ["WORKDIR"], 0)
                """);
        assertEquals(JobState.COMPLETED, job.state(), job.outcome()::toString);
        assertEquals("good", host.texts("out").get("good")); // as root, who may enter, there is more
    }

    @Test // contract 2.6
    void treesDeeperThanAPathCanBeAreArchivedAndSwept() throws Exception {
        Job job = run("""
                open("good", "w").write("good")
                for top in (os.environ["WORKDIR"], out):
                    os.chdir(top)
                    for i in range(300):
                        name = "d" * 100
                        os.mkdir(name)
                        os.chdir(name)
                    open("bottom", "w").write("x")
                """);
        assertEquals(JobState.COMPLETED, job.state(), job.outcome()::toString);
        String bottom = ("d".repeat(100) + "/").repeat(300) + "bottom";
        assertEquals(Map.of("good", "good", bottom, "x"), host.texts("out"));
    }

    @ParameterizedTest // contract 2.6
    @ValueSource(
            strings = {
                "import shutil; shutil.rmtree(out)",
                "import shutil; shutil.rmtree(out); os.symlink(os.environ['MARKS'], out)",
                "import shutil; shutil.rmtree(out); open(out, 'w').write('file')",
                "import shutil; shutil.rmtree(out); os.mkfifo(out)"
            })
    void outputDirectoryThatIsGoneFailsTheJob(String python) throws Exception {
        Files.writeString(host.mark("outside"), "outside");
        Job job = run(python + "\n");
        assertEquals(JobState.FAILED, job.state(), job.items()::toString);
        assertFalse(Host.failure(job).message().isEmpty());
        assertEquals(List.of(), host.assetNames());
        assertTrue(Files.exists(host.mark("outside")));
    }

    @Test // contract 1.5
    void whatAScriptDoesToItsInputsChangesNoAsset() throws Exception {
        Asset asset = host.asset("a.csv", "as it was");
        host.deploy(
                "bad",
                "bad.sh",
                "#!/bin/sh\nchmod u+w \"$BATCH_INPUT_DIR\"/*; echo mine > \"$BATCH_INPUT_DIR/a.csv\"\n");
        assertEquals(
                JobState.COMPLETED,
                host.run(Host.wml("bad", "out", Host.inputs(asset))).state());
        assertEquals("as it was", Files.readString(host.bytesOf(asset)));
    }
}
