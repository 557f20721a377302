package io.longshore.it;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.library.GeneralCodingRules;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The arrows between rooms: who may know whom. */
final class ArchitectureTest {
    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("io.longshore");

    /** The job's way through engine-core; each package may use those after it. */
    private static final List<String> WAY = List.of(
            "engine",
            "dialect",
            "queue",
            "journal",
            "lifecycle",
            "sweep",
            "publish",
            "stage",
            "archive",
            "launch",
            "codec",
            "workspace");

    @Test
    void packagesHaveNoCycles() {
        slices().matching("io.longshore.(**)").should().beFreeOfCycles().check(CLASSES);
    }

    @Test
    void packagesOfTheEngineUseOnlyThoseAfterThemOnTheJobsWay() {
        for (int i = 1; i < WAY.size(); i++) {
            List<String> before = new ArrayList<>();
            for (String name : WAY.subList(0, i)) {
                before.add(ours(name));
            }
            noClasses()
                    .that()
                    .resideInAPackage(ours(WAY.get(i)))
                    .should()
                    .dependOnClassesThat()
                    .resideInAnyPackage(before.toArray(String[]::new))
                    .check(CLASSES);
        }
    }

    @Test
    void dataPlaneKnowsNoQueueAndNoStore() {
        noClasses()
                .that()
                .resideInAnyPackage(
                        ours("lifecycle"),
                        ours("stage"),
                        ours("launch"),
                        ours("archive"),
                        ours("publish"),
                        ours("sweep"))
                .should()
                .dependOnClassesThat(DescribedPredicate.describe(
                        "are the queue, the journal or a store",
                        type -> resideInAnyPackage(ours("queue"), ours("journal"))
                                        .test(type)
                                || type.getSimpleName().equals("JobStore")
                                || type.getSimpleName().equals("JobRecord")))
                .check(CLASSES);
    }

    @Test
    void apiUsesNothing() {
        classes()
                .that()
                .resideInAnyPackage(ours("api"), ours("spi"))
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage("java..", ours("api"), ours("spi"), "org.jspecify..")
                .check(CLASSES);
        noClasses()
                .that()
                .resideInAPackage(ours("api"))
                .should()
                .dependOnClassesThat()
                .resideInAPackage(ours("spi"))
                .check(CLASSES);
    }

    @Test
    void plugInsKnowTheApiAndNeitherTheEngineNorEachOther() {
        List<String> plugIns =
                List.of("io.longshore.storage.local..", "io.longshore.storage.s3..", "io.longshore.store.jdbc..");
        for (String plugIn : plugIns) {
            String[] others =
                    plugIns.stream().filter(other -> !other.equals(plugIn)).toArray(String[]::new);
            noClasses()
                    .that()
                    .resideInAPackage(plugIn)
                    .should()
                    .dependOnClassesThat(resideInAnyPackage(others).or(engineCore()))
                    .check(CLASSES);
        }
    }

    private static DescribedPredicate<JavaClass> engineCore() {
        return resideInAnyPackage(WAY.stream().map(ArchitectureTest::ours).toArray(String[]::new));
    }

    @Test
    void typesOfLibrariesStayWhereTheyAreUsed() {
        only("software.amazon.awssdk..", "io.longshore.storage.s3..");
        only("org.zeroturnaround..", ours("launch"));
        only("picocli..", ours("cli"));
        only("me.tongfei..", ours("cli"));
        only("java.sql..", "io.longshore.store..");
        only("org.junit..", ours("testkit"));
    }

    private static void only(String library, String room) {
        noClasses()
                .that()
                .resideOutsideOfPackage(room)
                .should()
                .dependOnClassesThat()
                .resideInAPackage(library)
                .check(CLASSES);
    }

    @Test
    void librariesPrintNothing() {
        ArchRule rule = GeneralCodingRules.NO_CLASSES_SHOULD_ACCESS_STANDARD_STREAMS;
        rule.check(CLASSES.that(DescribedPredicate.not(resideInAnyPackage(ours("cli")))));
    }

    private static String ours(String name) {
        return "io.longshore." + name;
    }
}
