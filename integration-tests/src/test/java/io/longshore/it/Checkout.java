package io.longshore.it;

import java.nio.file.Files;
import java.nio.file.Path;

/** The source tree that the tests run in. */
final class Checkout {
    private Checkout() {}

    /** The directory of the parent pom: the nearest above that has the contract table's module. */
    static Path root() {
        Path directory = Path.of("").toAbsolutePath();
        while (!Files.isRegularFile(directory.resolve("integration-tests").resolve("pom.xml"))) {
            directory = directory.getParent();
            if (directory == null) {
                throw new AssertionError("not run in a checkout: " + Path.of("").toAbsolutePath());
            }
        }
        return directory;
    }
}
