package io.longshore.launch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class InterpretersTest {
    @TempDir
    Path directory;

    @Test
    void pythonScriptsAreRunByPython3WhateverTheirFirstLine() throws IOException {
        assertEquals(List.of("python3"), interpreter("score.py", "print(1)\n"));
        assertEquals(List.of("python3"), interpreter("other.py", "#!/usr/bin/python2 -E\nprint 1\n"));
    }

    @Test
    void otherScriptsAreRunByWhatTheirFirstLineNames() throws IOException {
        assertEquals(List.of("/bin/sh"), interpreter("a", "#!/bin/sh\nexit\n"));
        assertEquals(List.of("/bin/sh"), interpreter("b.sh", "#! \t/bin/sh \t"));
        assertEquals(List.of("/usr/bin/env", "bash"), interpreter("c", "#!/usr/bin/env bash\n"));
    }

    @Test
    void restOfTheLineIsOneArgument() throws IOException {
        assertEquals(List.of("/bin/sh", "-e"), interpreter("a", "#!/bin/sh -e\n"));
        assertEquals(List.of("/bin/sh", "-e -u"), interpreter("b", "#!/bin/sh\t -e -u \n"));
        assertEquals(List.of("/usr/bin/env", "-S bash -e"), interpreter("c", "#!/usr/bin/env -S bash -e\n"));
    }

    @Test
    void argumentsFollowTheScript() throws IOException {
        Path script = Files.writeString(directory.resolve("žluť.sh"), "#!/bin/sh -e\n");
        assertEquals(
                List.of("/bin/sh", "-e", script.toString(), "", "a b"),
                Interpreters.argvFor(script, List.of("", "a b")));
    }

    @Test
    void scriptThatNamesNoInterpreterIsRefused() throws IOException {
        refused("a", "echo 1\n", "no #! line");
        refused("b", "", "no #! line");
        refused("c", "#!\n", "names no interpreter");
        refused("d", "#! \t \n", "names no interpreter");
        refused("e", "\uFEFF#!/bin/sh\n", "no #! line");
    }

    @Test
    void lineEndOfWindowsIsNamed() throws IOException {
        refused("a", "#!/bin/sh\r\nexit\r\n", "carriage return");
    }

    @Test
    void missingScriptIsMissing() {
        assertThrows(NoSuchFileException.class, () -> Interpreters.argvFor(directory.resolve("none"), List.of()));
    }

    private List<String> interpreter(String name, String content) throws IOException {
        Path script = Files.writeString(directory.resolve(name), content);
        List<String> argv = new ArrayList<>(Interpreters.argvFor(script, List.of()));
        assertEquals(script.toString(), argv.remove(argv.size() - 1));
        return argv;
    }

    private void refused(String name, String content, String why) throws IOException {
        Path script = Files.writeString(directory.resolve(name), content);
        String message = assertThrows(IOException.class, () -> Interpreters.argvFor(script, List.of()))
                .getMessage();
        assertTrue(message.contains(why) && message.endsWith("\"" + script + "\""), message);
    }
}
