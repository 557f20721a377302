package io.longshore.it;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A host that has Longshore on its module path: each part reads what it needs, and plug-ins are found. */
@Timeout(180)
final class ModulePathTest {
    @Test
    void jobRunsWithThePartsAsModules(@TempDir Path directory) throws Exception {
        String tests = Path.of(ModulePathMain.class
                        .getProtectionDomain()
                        .getCodeSource()
                        .getLocation()
                        .toURI())
                .toString();
        // What the command is shipped with: the parts and what they need at run time, without the tests' libraries.
        Path parts = Checkout.root().resolve("cli").resolve("target").resolve("lib");
        String said = Tool.run(Tool.java(
                Map.of("PATH", Host.PATH),
                List.of(
                        "-Xmx128m",
                        "--enable-native-access=org.xerial.sqlitejdbc,io.longshore.engine",
                        "--module-path",
                        parts.toString(),
                        "--add-modules",
                        "io.longshore.engine,io.longshore.storage.local,io.longshore.storage.s3,io.longshore.store.jdbc"),
                tests,
                ModulePathMain.class,
                directory));
        assertEquals(
                List.of(
                        "io.longshore.api",
                        "io.longshore.engine",
                        "io.longshore.storage.local",
                        "io.longshore.store.jdbc",
                        "io.longshore.storage.s3",
                        "COMPLETED",
                        "words.zip"),
                said.lines().toList());
    }
}
