package io.longshore.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.OptionalInt;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MainTest {
    @TempDir
    Path directory;

    private Shell shell;

    @BeforeEach
    void open() {
        shell = new Shell(directory);
    }

    /** Refuses to take anything, as a full disk or a reader that has gone away does. */
    private static final class ThrowingStream extends OutputStream {
        private final String message;

        ThrowingStream(String message) {
            this.message = message;
        }

        @Override
        public void write(int b) throws IOException {
            throw new IOException(message);
        }
    }

    @Test
    void aloneItShowsItsHelp() {
        Shell.Result result = shell.run();
        assertEquals(0, result.code());
        assertTrue(result.out().startsWith("Usage: longshore COMMAND"), result.out());
        assertEquals("", result.err());
        assertEquals(result, shell.run("--help"));
        assertEquals(result, shell.run("help"));
    }

    @Test
    void versionIsTheBuilds() {
        Shell.Result result = shell.run("--version");
        assertEquals(0, result.code());
        assertTrue(result.line().matches("longshore \\d+\\.\\d+\\.\\d+(-SNAPSHOT)?"), result.out());
    }

    @ParameterizedTest
    @ValueSource(strings = {"run", "deploy", "asset add", "asset list", "asset get", "connection add"})
    void eachCommandHasHelpInPlainText(String command) {
        Shell.Result result = shell.run((command + " --help").split(" "));
        assertEquals(0, result.code());
        assertTrue(result.out().startsWith("Usage: longshore " + command + " "), result.out());
        assertFalse(result.out().contains("\u001b"), "no terminal codes");
        assertTrue(result.out().lines().allMatch(line -> line.length() <= 100), result.out());
        assertEquals(result, shell.run(("help " + command).split(" ")));
    }

    @Test
    void aGroupShowsTheHelpOfItsCommands() {
        Shell.Result result = shell.run("asset");
        assertEquals(0, result.code());
        for (String command : new String[] {"add", "list", "get"}) {
            assertTrue(result.out().contains("Usage: longshore asset " + command), result.out());
        }
    }

    @Test
    void helpMakesNoHome() {
        shell.run();
        shell.run("run", "--help");
        assertFalse(Files.exists(shell.home()));
    }

    @ParameterizedTest
    @ValueSource(strings = {"frobnicate", "--frobnicate", "asset frobnicate", "run --frobnicate", "asset get a b"})
    void whatIsUnknownIsNamedAndRefused(String arguments) {
        Shell.Result result = shell.run(arguments.split(" "));
        assertEquals(2, result.code());
        assertEquals("", result.out());
        assertTrue(result.err().contains(arguments.contains("frob") ? "frobnicate" : "'b'"), result.err());
        assertTrue(result.err().contains("--help"), result.err());
        assertFalse(Files.exists(shell.home()));
    }

    @Test
    void aFileThatIsNamedWithAnAtSignIsNotReadAsArguments() throws IOException {
        shell.file("args", "--json");
        Shell.Result result = shell.run("asset", "list", "@args");
        assertEquals(2, result.code());
        assertTrue(result.err().contains("@args"), result.err());
    }

    @Test
    void homeIsInTheUsersDirectoryUnlessSaidOtherwise() throws IOException {
        shell.environment.remove("LONGSHORE_HOME");
        assertEquals(0, shell.run("asset", "list").code());
        Path home = directory.resolve("user/.longshore");
        assertEquals("rwx------", permissions(home));
        assertEquals("rwx------", permissions(home.resolve("space")));
    }

    private static String permissions(Path path) throws IOException {
        return java.nio.file.attribute.PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
    }

    @Test
    void withoutAnyPlaceForAHomeItRefuses() {
        shell.environment.remove("LONGSHORE_HOME");
        shell.environment.remove("HOME");
        Shell.Result result = shell.run("asset", "list");
        assertEquals(2, result.code());
        assertTrue(result.err().contains("LONGSHORE_HOME"), result.err());
    }

    @Test
    void aHomeThatIsAFileIsRefused() throws IOException {
        shell.file("home", "");
        Shell.Result result = shell.run("asset", "list");
        assertEquals(2, result.code());
        assertTrue(result.err().contains(shell.home().toString()), result.err());
        assertFalse(result.err().contains("Exception"), result.err());
    }

    @Test
    void aDirectoryThatIsNoSpaceIsRefused() throws IOException {
        Path file = shell.file("mine/thesis.txt", "mine");
        Shell.Result result = shell.run("asset", "list", "--space", "mine");
        assertEquals(2, result.code());
        assertTrue(result.err().contains("mine"), result.err());
        assertEquals("mine", Files.readString(file));
    }

    @Test
    void aReaderThatHasGoneAwayIsNoFailure() {
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        int code =
                Main.run(shell.caller(new Output(new ThrowingStream("Broken pipe")), new Output(err)), "run", "--help");
        assertEquals(0, code);
        assertEquals("", err.toString(StandardCharsets.UTF_8));
    }

    @Test
    void aFullDiskBehindStandardOutputIsOne() {
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        int code = Main.run(
                shell.caller(new Output(new ThrowingStream("No space left on device")), new Output(err)),
                "run",
                "--help");
        assertEquals(1, code);
        assertEquals(
                "longshore: cannot write to standard output: No space left on device\n",
                err.toString(StandardCharsets.UTF_8));
    }

    @Test
    void scriptsInheritTheCallersOwnLocale() {
        shell.environment.put("LC_ALL", "C.UTF-8");
        shell.environment.put("LONGSHORE_CALLER_LC_ALL", "cs_CZ");
        Map<String, String> own = shell.caller(null, null).ownEnvironment();
        assertEquals("cs_CZ", own.get("LC_ALL"));
        assertTrue(own.keySet().stream().noneMatch(name -> name.startsWith("LONGSHORE_CALLER_")), own.toString());
    }

    @Test
    void scriptsInheritNoLocaleWhereTheCallerHasNone() {
        shell.environment.put("LC_ALL", "C.UTF-8");
        shell.environment.put("LONGSHORE_CALLER_LC_ALL_UNSET", "1");
        assertFalse(shell.caller(null, null).ownEnvironment().containsKey("LC_ALL"));
    }

    @Test
    void terminalIsWhatTheLauncherScriptSaw() {
        assertEquals(OptionalInt.empty(), Caller.columns(Map.of()));
        assertEquals(OptionalInt.of(132), Caller.columns(Map.of("LONGSHORE_CALLER_COLUMNS", "132")));
        assertEquals(OptionalInt.of(80), Caller.columns(Map.of("LONGSHORE_CALLER_COLUMNS", "")));
        assertEquals(OptionalInt.of(80), Caller.columns(Map.of("LONGSHORE_CALLER_COLUMNS", "0")));
        assertEquals(OptionalInt.empty(), Caller.columns(Map.of("LONGSHORE_CALLER_COLUMNS", "80", "TERM", "dumb")));
    }
}
