package io.longshore.benchmarks;

import com.google.common.hash.HashCode;
import com.google.common.hash.Hashing;
import com.google.common.io.MoreFiles;
import io.longshore.api.ArchiveFormat;
import io.longshore.archive.HostLibraries;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** An output directory becomes an archive; the engine is warm, its peers are programs. */
final class ArchiveCase implements Case {
    private static final String OURS = "longshore";
    private static final String OURS_FASTER = "longshore, libdeflate";
    private static final boolean HAVE_LIBDEFLATE = HostLibraries.haveLibdeflate();
    private static final Command ZIP = new Command("zip -r", "zip -qr \"$1\" .");
    private static final Command SEVEN_ZIP = new Command("7z", "7z a -bso0 -bsp0 -tzip \"$1\" . >/dev/null");
    private static final Command PYTHON = new Command("python3 -m zipfile", "python3 -m zipfile -c \"$1\" *");
    private static final Command PYTHON_BEST = new Command("python3, zlib's level 9", """
                python3 -c 'import pathlib, sys, zipfile
                with zipfile.ZipFile(sys.argv[1], "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
                    for path in sorted(pathlib.Path().rglob("*")):
                        archive.write(path)' "$1"
                """);
    private static final Command PIGZ = new Command("tar | pigz", "tar -cf - . | pigz >\"$1\"");
    private static final Command ZSTD = new Command("tar | zstd -T0", "tar -cf - . | zstd -qT0 -o \"$1\"");

    private final String name;
    private final String work;
    private final Maker data;
    private final String outputName;
    private final List<Contestant> contestants = new ArrayList<>();
    private final List<Target> targets;
    private final Set<HashCode> verified = new HashSet<>();

    private ArchiveCase(
            String name,
            String work,
            Maker data,
            ArchiveFormat format,
            ExecutorService helpers,
            List<Command> peers,
            Target... asked) {
        this.name = name;
        this.work = work;
        this.data = data;
        outputName = "output." + format.id();
        contestants.add(new WarmArchive(OURS, format, false, helpers));
        if (HAVE_LIBDEFLATE
                && Stream.of(asked).anyMatch(target -> target.contestant().equals(OURS_FASTER))) {
            contestants.add(new WarmArchive(OURS_FASTER, format, true, helpers));
        }
        contestants.addAll(peers);
        Set<String> names = contestants.stream().map(Contestant::name).collect(Collectors.toSet());
        targets = Stream.of(asked)
                .filter(target -> names.contains(target.contestant()))
                .toList();
    }

    /** Makes the data of a case, or a part of it. */
    private interface Maker {
        void make(Path directory, int part) throws IOException;
    }

    static List<Case> all(ExecutorService helpers) {
        Maker texts = (directory, part) -> new Data(1).files(directory, 2000 / part, 100_000);
        return List.of(
                new ArchiveCase(
                        "archive.a",
                        "zip of 2,000 text and CSV files of 100 KB",
                        texts,
                        ArchiveFormat.ZIP,
                        helpers,
                        List.of(ZIP, SEVEN_ZIP, PYTHON),
                        Target.faster(OURS, ZIP.name(), 2),
                        Target.faster(OURS_FASTER, ZIP.name(), 4),
                        Target.smaller(OURS, ZIP.name(), 1),
                        Target.smaller(OURS_FASTER, ZIP.name(), 1)),
                new ArchiveCase(
                        "archive.b",
                        "zip of one CSV file of 1 GiB",
                        (directory, part) -> {
                            try (OutputStream out = file(directory.resolve("table.csv"))) {
                                new Data(2).table(out, (1L << 30) / part);
                            }
                        },
                        ArchiveFormat.ZIP,
                        helpers,
                        List.of(ZIP),
                        Target.faster(OURS, ZIP.name(), 1.9),
                        Target.smaller(OURS, ZIP.name(), 1.005)),
                new ArchiveCase(
                        "archive.c",
                        "zip of 20,000 files of 2 KB",
                        (directory, part) -> new Data(3).files(directory, 20_000 / part, 2000),
                        ArchiveFormat.ZIP,
                        helpers,
                        List.of(ZIP, PYTHON, PYTHON_BEST),
                        Target.faster(OURS, ZIP.name(), 2.5),
                        Target.faster(OURS_FASTER, ZIP.name(), 2.5),
                        Target.smaller(OURS, ZIP.name(), 0.95),
                        Target.smaller(OURS_FASTER, ZIP.name(), 0.95),
                        Target.smallest(PYTHON_BEST.name(), ZIP.name())),
                new ArchiveCase(
                        "archive.d",
                        "zip of 512 MiB of noise",
                        (directory, part) -> {
                            try (OutputStream out = file(directory.resolve("noise"))) {
                                new Data(4).noise(out, (512L << 20) / part);
                            }
                        },
                        ArchiveFormat.ZIP,
                        helpers,
                        List.of(ZIP),
                        Target.faster(OURS, ZIP.name(), 10),
                        Target.smaller(OURS, ZIP.name(), 1.0005)),
                new ArchiveCase(
                        "archive.e",
                        "tar.zst of the files of archive.a",
                        texts,
                        ArchiveFormat.TAR_ZST,
                        helpers,
                        List.of(ZSTD, ZIP),
                        Target.faster(OURS, ZIP.name(), 8),
                        Target.faster(OURS, ZSTD.name(), 0.9)),
                new ArchiveCase(
                        "archive.gz",
                        "tar.gz of the files of archive.a",
                        texts,
                        ArchiveFormat.TAR_GZ,
                        helpers,
                        List.of(PIGZ)));
    }

    private static OutputStream file(Path path) throws IOException {
        return new BufferedOutputStream(Files.newOutputStream(path), 1 << 16);
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public String work() {
        return work;
    }

    @Override
    public void prepare(Path input, boolean isTrial) throws IOException {
        data.make(input, isTrial ? 10 : 1);
    }

    @Override
    public List<Contestant> contestants() {
        return contestants;
    }

    @Override
    public List<Target> targets() {
        return targets;
    }

    @Override
    public String outputName() {
        return outputName;
    }

    @Override
    public void verify(Path input, Path output) throws IOException {
        // Read by libarchive, whoever made it, and compared with the tree; the same bytes once.
        HashCode hash = MoreFiles.asByteSource(output).hash(Hashing.sha256());
        if (verified.contains(hash)) {
            return;
        }
        Path extracted = Files.createTempDirectory(output.getParent(), "extracted");
        Command.shell(
                input,
                "bsdtar -xf \"$1\" -C \"$2\"; diff -r . \"$2\"; rm -r \"$2\"",
                output.toString(),
                extracted.toString());
        verified.add(hash);
    }
}
