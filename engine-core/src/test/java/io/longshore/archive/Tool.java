package io.longshore.archive;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.longshore.api.ArchiveFormat;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;

/** Programs of the platform, that look at archives by another way than ours. */
final class Tool {
    private Tool() {}

    /** Runs a program that must succeed, and returns what it says. */
    static String run(String... command) throws IOException {
        return run(new ProcessBuilder(command));
    }

    static String run(ProcessBuilder process) throws IOException {
        Path said = Files.createTempFile("tool", ".txt");
        try {
            Process started = process.redirectErrorStream(true)
                    .redirectOutput(said.toFile())
                    .start();
            started.getOutputStream().close();
            boolean ended = started.waitFor(10, TimeUnit.MINUTES);
            started.destroyForcibly();
            String text = Files.readString(said, StandardCharsets.ISO_8859_1);
            assertEquals(0, ended ? started.exitValue() : -1, () -> process.command() + " said: " + text);
            return text;
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        } finally {
            Files.delete(said);
        }
    }

    /** Runs a script of the shell with arguments $1, $2, ... */
    static String shell(String script, Object... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of("sh", "-euc", script, "sh"));
        for (Object argument : arguments) {
            command.add(argument.toString());
        }
        return run(command.toArray(new String[0]));
    }

    /** Ends a test that needs a program which is not installed; where CI is set, that is a failure. */
    static void require(String... programs) throws IOException {
        for (String program : programs) {
            if (!isInstalled(program)) {
                missing("this test needs " + program + ", which is not installed");
            }
        }
    }

    /** The same for a library. */
    static void requireLibrary(String name) throws IOException {
        if (!shell("/sbin/ldconfig -p").contains(name)) {
            missing("this test needs " + name + ", which is not installed");
        }
    }

    private static void missing(String sentence) {
        if (System.getenv("CI") != null) {
            throw new AssertionError(sentence);
        }
        Assumptions.abort(sentence);
    }

    private static boolean isInstalled(String program) {
        return Stream.of(System.getenv("PATH").split(":", -1))
                .anyMatch(directory -> Files.isExecutable(Path.of(directory, program)));
    }

    /** Every reader there is must accept the archive. */
    static void check(Path zip) throws IOException {
        run("unzip", "-tqq", zip.toString());
        checkWithPython(zip);
        checkWithBsdtar(zip);
    }

    static void checkWithPython(Path zip) throws IOException {
        // "python3 -m zipfile -t" succeeds also where it says that a file is corrupt.
        run("python3", "-c", "import sys, zipfile; sys.exit(zipfile.ZipFile(sys.argv[1]).testzip())", zip.toString());
    }

    /** Reads it as a file and as a stream. */
    static void checkWithBsdtar(Path zip) throws IOException {
        shell("bsdtar -xOf \"$1\" >/dev/null; bsdtar -xOf - <\"$1\" >/dev/null", zip);
    }

    /**
     * The entries of a tar file, in order, as Python reads them from a stream: kind, mode, length, SHA-256 if it is a file,
     * name. What is the same for all entries is checked.
     */
    static List<String> tarEntries(Path archive) throws IOException {
        String said = shell("""
                case $1 in *.gz) gunzip -c "$1";; *) zstd -qdc "$1";; esac | python3 -c '
                import hashlib, os, sys, tarfile
                with tarfile.open(fileobj=sys.stdin.buffer, mode="r|") as tar:
                    for entry in tar:
                        same = (entry.uid, entry.gid, entry.uname, entry.gname, entry.mtime)
                        assert same == (0, 0, "", "", 315532800), same
                        kind = "file" if entry.isreg() else "directory" if entry.isdir() else "other"
                        digest = hashlib.sha256(tar.extractfile(entry).read()).hexdigest() if entry.isreg() else "-"
                        line = "%s %o %d %s %s\\n" % (kind, entry.mode, entry.size, digest, entry.name)
                        sys.stdout.buffer.write(os.fsencode(line))'
                """, archive);
        return new String(said.getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8)
                .lines()
                .toList();
    }

    /** A JVM that makes a zip file, see below. */
    static String archiveInChild(List<String> before, List<String> options, Path tree, Path zip, int threads)
            throws IOException {
        return archiveInChild(ArchiveFormat.ZIP, before, options, tree, zip, threads);
    }

    /** A JVM that runs {@link ArchiveMain}: {@code before} is what stands before {@code java}. */
    static String archiveInChild(
            ArchiveFormat format, List<String> before, List<String> options, Path tree, Path archive, int threads)
            throws IOException {
        List<String> command = new ArrayList<>(before);
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(options);
        command.addAll(List.of("-cp", classPath(), ArchiveMain.class.getName()));
        command.addAll(List.of(tree.toString(), archive.toString(), Integer.toString(threads), format.name()));
        return run(command.toArray(new String[0]));
    }

    /** Of a directory with classes for several versions of Java, the JVM would see the oldest only. */
    private static String classPath() {
        Path newer = Path.of("target", "classes", "META-INF", "versions", "22");
        String before = Runtime.version().feature() >= 22 ? newer.toAbsolutePath() + File.pathSeparator : "";
        return before + System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
    }
}
