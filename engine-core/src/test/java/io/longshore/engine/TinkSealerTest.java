package io.longshore.engine;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.crypto.tink.InsecureSecretKeyAccess;
import com.google.crypto.tink.KeysetHandle;
import com.google.crypto.tink.TinkJsonProtoKeysetFormat;
import com.google.crypto.tink.aead.PredefinedAeadParameters;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class TinkSealerTest {
    private static final byte[] CLEAR = "a secret".getBytes(UTF_8);

    @TempDir
    Path directory;

    private Path file() {
        return directory.resolve("key");
    }

    @Test
    void whatWasSealedIsOpenedByAnotherSealerOfTheFile() throws Exception {
        byte[] sealed = TinkSealer.ofKeyFile(file()).seal(CLEAR, "job 1");
        assertFalse(new String(sealed, UTF_8).contains("secret"));
        assertArrayEquals(CLEAR, TinkSealer.ofKeyFile(file()).open(sealed, "job 1"));
        assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(file())));
        try (Stream<Path> files = Files.list(directory)) {
            assertEquals(List.of(file()), files.toList());
        }
    }

    @Test
    void nothingIsMadeBeforeASecretIsSealed() throws Exception {
        TinkSealer sealer = TinkSealer.ofKeyFile(file());
        IOException e = assertThrows(IOException.class, () -> sealer.open(CLEAR, ""));
        assertTrue(e.getMessage().contains("gone"), e.getMessage());
        assertFalse(Files.exists(file()));
        assertArrayEquals(CLEAR, sealer.open(sealer.seal(CLEAR, ""), ""));
    }

    @Test
    void eachSealIsDifferentAndOpensInItsContextOnly() throws Exception {
        TinkSealer sealer = TinkSealer.inMemory();
        byte[] sealed = sealer.seal(CLEAR, "job 1");
        assertFalse(Arrays.equals(sealed, sealer.seal(CLEAR, "job 1")));
        assertThrows(IOException.class, () -> sealer.open(sealed, "job 2"));
        assertThrows(IOException.class, () -> TinkSealer.inMemory().open(sealed, "job 1"));
        sealed[sealed.length - 1] ^= 1;
        assertThrows(IOException.class, () -> sealer.open(sealed, "job 1"));
        assertThrows(IOException.class, () -> sealer.open(new byte[0], "job 1"));
    }

    @Test
    void keysCanBeChanged() throws Exception {
        byte[] sealed = TinkSealer.ofKeyFile(file()).seal(CLEAR, "");
        KeysetHandle old =
                TinkJsonProtoKeysetFormat.parseKeyset(Files.readString(file()), InsecureSecretKeyAccess.get());
        KeysetHandle changed = KeysetHandle.newBuilder(old)
                .addEntry(KeysetHandle.generateEntryFromParameters(PredefinedAeadParameters.CHACHA20_POLY1305)
                        .withRandomId()
                        .makePrimary())
                .build();
        Files.writeString(file(), TinkJsonProtoKeysetFormat.serializeKeyset(changed, InsecureSecretKeyAccess.get()));
        TinkSealer sealer = TinkSealer.ofKeyFile(file());
        assertArrayEquals(CLEAR, sealer.open(sealed, ""));
        byte[] anew = sealer.seal(CLEAR, "");
        assertFalse(Arrays.equals(Arrays.copyOf(sealed, 5), Arrays.copyOf(anew, 5)), "sealed with the old key");
        assertArrayEquals(CLEAR, sealer.open(anew, ""));
    }

    @Test
    void directoryInPlaceOfTheKeyFileIsNamed() throws Exception {
        Files.createDirectory(file());
        IOException e = assertThrows(
                IOException.class, () -> TinkSealer.ofKeyFile(file()).seal(CLEAR, ""));
        assertTrue(e.getMessage().contains(file().toString()), e.getMessage());
    }

    @Test
    void fileThatHoldsNoKeysetIsNamed() throws Exception {
        Files.writeString(file(), "{}");
        IOException e = assertThrows(
                IOException.class, () -> TinkSealer.ofKeyFile(file()).seal(CLEAR, ""));
        assertTrue(e.getMessage().contains("not a key file") && e.getMessage().contains(file().toString()));
        assertEquals("{}", Files.readString(file()));
    }

    @Test
    void onlyOneKeyIsMadeByAnyNumberOfSealers() throws Exception {
        int sealers = 8;
        CountDownLatch ready = new CountDownLatch(sealers);
        ExecutorService threads = Executors.newFixedThreadPool(sealers);
        try {
            List<Future<byte[]>> sealed = new ArrayList<>();
            for (int i = 0; i < sealers; i++) {
                TinkSealer sealer = TinkSealer.ofKeyFile(file());
                sealed.add(threads.submit(() -> {
                    ready.countDown();
                    ready.await();
                    return sealer.seal(CLEAR, "");
                }));
            }
            TinkSealer reader = TinkSealer.ofKeyFile(file());
            for (Future<byte[]> each : sealed) {
                assertArrayEquals(CLEAR, reader.open(each.get(), ""));
            }
        } finally {
            threads.shutdown();
        }
    }
}
