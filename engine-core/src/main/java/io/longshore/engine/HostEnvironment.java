package io.longshore.engine;

import com.google.common.base.Splitter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;

/** What scripts inherit of the host's environment (contract 1.4). */
final class HostEnvironment {
    private static final Path SELF = Path.of("/proc/self/environ");
    private static final Set<String> INHERITED = Set.of("PATH", "HOME", "LANG", "TZ");

    private HostEnvironment() {}

    /** The variables by their bytes where the host shows them, as a POSIX-locale JVM damages what is not ASCII. */
    static Map<String, String> read() {
        if (!Files.isReadable(SELF)) {
            return System.getenv();
        }
        Map<String, String> variables = new LinkedHashMap<>();
        try {
            String all = new String(Files.readAllBytes(SELF), StandardCharsets.UTF_8);
            for (String each : Splitter.on('\0').split(all)) {
                int equals = each.indexOf('=');
                if (equals > 0) {
                    variables.put(each.substring(0, equals), each.substring(equals + 1));
                }
            }
        } catch (IOException e) {
            return System.getenv();
        }
        return variables;
    }

    static boolean isInherited(String name) {
        return INHERITED.contains(name) || name.startsWith("LC_");
    }

    static Map<String, String> only(Map<String, String> environment, Predicate<String> inherited) {
        Map<String, String> kept = new LinkedHashMap<>();
        environment.forEach((name, value) -> {
            if (inherited.test(name)) {
                kept.put(name, value);
            }
        });
        return kept;
    }
}
