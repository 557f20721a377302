package io.longshore.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The table of the contract's clauses and their tests says the truth. */
final class ContractTableTest {
    private static final Pattern ROW = Pattern.compile("^\\| (\\d[\\d.]*) \\|(.*)\\|([^|]*)\\|$", Pattern.MULTILINE);
    private static final Pattern NAMED = Pattern.compile("`(\\w+)#(\\w+)`");
    private static final Pattern ANNOTATED =
            Pattern.compile("^ *@(?:Test|ParameterizedTest|RepeatedTest|TestFactory)\\b.*");
    private static final Pattern METHOD = Pattern.compile("^ *(?:public |protected |final )*void (\\w+)\\(.*");
    private static final Pattern CITED = Pattern.compile("// contract ((?:\\d[\\d.]*(?:, )?)+)");

    /** How many clauses each part has; of the parts without a number of its own, as many as the table counts. */
    private static final Map<Integer, Integer> CLAUSES = Map.of(1, 10, 2, 9, 3, 8, 4, 8);

    private static final Map<String, List<MatchResult>> ROWS = new LinkedHashMap<>();
    private static final Map<String, Set<String>> TESTS = new HashMap<>();
    private static final Map<String, Set<String>> CITATIONS = new HashMap<>();

    @BeforeAll
    static void read() throws IOException {
        Matcher rows = ROW.matcher(Files.readString(Checkout.root().resolve("integration-tests/CONTRACT.md")));
        while (rows.find()) {
            MatchResult row = rows.toMatchResult();
            ROWS.computeIfAbsent(row.group(1), k -> new ArrayList<>()).add(row);
        }
        try (Stream<Path> modules = Files.list(Checkout.root())) {
            for (Path module : modules.toList()) {
                for (String sources : new String[] {"src/test/java", "src/main/java"}) {
                    if (Files.isDirectory(module.resolve(sources))) {
                        readTests(module.resolve(sources));
                    }
                }
            }
        }
    }

    private static void readTests(Path sources) throws IOException {
        try (Stream<Path> files = Files.walk(sources)) {
            for (Path file : files.filter(f -> f.toString().matches(".*(Test|Contract)\\.java"))
                    .toList()) {
                String name = file.getFileName().toString().replace(".java", "");
                String text = Files.readString(file);
                Set<String> tests = TESTS.computeIfAbsent(name, k -> new HashSet<>());
                boolean annotated = false;
                for (String line : text.lines().toList()) {
                    annotated |= ANNOTATED.matcher(line).matches();
                    Matcher method = METHOD.matcher(line);
                    if (annotated && method.matches()) {
                        tests.add(method.group(1));
                        annotated = false;
                    }
                }
                CITED.matcher(text)
                        .results()
                        .flatMap(cited -> Stream.of(cited.group(1).split(", ", -1)))
                        .forEach(clause -> CITATIONS
                                .computeIfAbsent(clause, k -> new HashSet<>())
                                .add(name));
            }
        }
    }

    @Test
    void everyClauseStandsOnceInItsOrder() {
        List<String> expected = new ArrayList<>();
        for (int part = 1; part <= CLAUSES.size(); part++) {
            if (part == 3) {
                expected.add("3"); // the table of states
            }
            String prefix = part + ".";
            IntStream.rangeClosed(1, CLAUSES.get(part)).forEach(clause -> expected.add(prefix + clause));
        }
        assertEquals(expected, List.copyOf(ROWS.keySet()));
        ROWS.forEach((clause, rows) -> assertEquals(1, rows.size(), clause));
    }

    @Test
    void everyClauseHasTestsAndEachOfThemExists() {
        List<String> missing = new ArrayList<>();
        ROWS.values().forEach(rows -> {
            String tests = rows.get(0).group(3);
            List<MatchResult> named = NAMED.matcher(tests).results().toList();
            assertFalse(named.isEmpty(), () -> rows.get(0).group(1) + " names no test");
            assertEquals(tests.split(",", -1).length, named.size(), () -> "more than Class#method in " + tests);
            for (MatchResult each : named) {
                if (!TESTS.getOrDefault(each.group(1), Set.of()).contains(each.group(2))) {
                    missing.add(rows.get(0).group(1) + ": " + each.group());
                }
            }
        });
        assertEquals(List.of(), missing);
    }

    @Test
    void whatRestsOnRestartsSaysSo() {
        for (String clause : new String[] {"2.7", "3.8"}) {
            assertTrue(ROWS.get(clause).get(0).group(2).toLowerCase(Locale.ROOT).contains("with a durable store"));
        }
    }

    @Test
    void everyClauseThatATestCitesIsOne() {
        Set<String> unknown = new HashSet<>(CITATIONS.keySet());
        unknown.removeAll(ROWS.keySet());
        unknown.removeAll(Set.of("4")); // as a whole
        assertEquals(Set.of(), unknown, CITATIONS::toString);
    }
}
