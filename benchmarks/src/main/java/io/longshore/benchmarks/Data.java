package io.longshore.benchmarks;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;

/** Made-up outputs of scripts, the same each time. */
final class Data {
    private final Random random;
    private final String[] words = new String[5000];

    Data(long seed) {
        random = new Random(seed);
        for (int i = 0; i < words.length; i++) {
            StringBuilder word = new StringBuilder();
            for (int letters = 2 + random.nextInt(9); letters > 0; letters--) {
                word.append((char) ('a' + Math.min(25, (int) Math.abs(random.nextGaussian() * 10))));
            }
            words[i] = word.toString();
        }
    }

    /** Files of one size, alternately tables and prose, 500 in a directory. */
    void files(Path directory, int count, int bytes) throws IOException {
        for (int i = 0; i < count; i++) {
            Path sub = Files.createDirectories(directory.resolve("part-%03d".formatted(i / 500)));
            boolean isTable = i % 2 == 0;
            Path file = sub.resolve("%05d.%s".formatted(i, isTable ? "csv" : "txt"));
            try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(file))) {
                if (isTable) {
                    table(out, bytes);
                } else {
                    prose(out, bytes);
                }
            }
        }
    }

    void table(OutputStream out, long bytes) throws IOException {
        long left = bytes;
        StringBuilder row = new StringBuilder();
        for (long i = 0; left > 0; i++) {
            row.setLength(0);
            row.append(i).append(",2025-06-").append(10 + random.nextInt(20)).append('T');
            row.append(10 + random.nextInt(14))
                    .append(':')
                    .append(10 + random.nextInt(50))
                    .append(":00Z,");
            row.append(word())
                    .append(',')
                    .append(random.nextInt(1_000_000) / 100.0)
                    .append(',');
            row.append((float) random.nextGaussian())
                    .append(',')
                    .append(random.nextBoolean())
                    .append('\n');
            left = put(out, row.toString(), left);
        }
    }

    void prose(OutputStream out, long bytes) throws IOException {
        long left = bytes;
        for (int i = 1; left > 0; i++) {
            left = put(out, word() + (i % 12 == 0 ? ".\n" : " "), left);
        }
    }

    void noise(OutputStream out, long bytes) throws IOException {
        byte[] block = new byte[1 << 16];
        for (long left = bytes; left > 0; left -= block.length) {
            random.nextBytes(block);
            out.write(block, 0, (int) Math.min(block.length, left));
        }
    }

    /** Few words are said often, as in a language. */
    private String word() {
        double rank = random.nextDouble();
        return words[(int) (rank * rank * rank * words.length)];
    }

    private static long put(OutputStream out, String text, long left) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
        int count = (int) Math.min(bytes.length, left);
        out.write(bytes, 0, count);
        return left - count;
    }
}
