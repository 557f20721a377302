package io.longshore.engine;

import com.google.crypto.tink.Aead;
import com.google.crypto.tink.InsecureSecretKeyAccess;
import com.google.crypto.tink.KeysetHandle;
import com.google.crypto.tink.RegistryConfiguration;
import com.google.crypto.tink.TinkJsonProtoKeysetFormat;
import com.google.crypto.tink.aead.AeadConfig;
import com.google.crypto.tink.aead.PredefinedAeadParameters;
import io.longshore.spi.SecretSealer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Seals secrets with Tink's authenticated encryption: under a key in a file of mode 0600, or one in memory. Tink is
 * loaded with the first secret. A host whose keys are elsewhere, such as in a key management service, brings a
 * {@link SecretSealer} of its own.
 */
public final class TinkSealer implements SecretSealer {
    private static final Logger LOG = LoggerFactory.getLogger(TinkSealer.class);

    private final Keys keys;

    /** Where the encryption comes from. */
    private interface Keys {
        /**
         * Loads it, once it is needed.
         *
         * @param toSeal whether a key may be made where there is none
         */
        Aead load(boolean toSeal) throws IOException, GeneralSecurityException;
    }

    private TinkSealer(Keys keys) {
        this.keys = keys;
    }

    /**
     * A sealer whose key ends with the process.
     *
     * @return a new sealer
     */
    public static TinkSealer inMemory() {
        return new TinkSealer(once(toSeal -> aead(newKeyset())));
    }

    /**
     * A sealer with the keyset of a file, in Tink's JSON form. It seals with the primary key and opens with any, so that
     * keys can be changed with Tink's tools. A file that is missing is made, 0600, with AES-256-GCM, when a secret is to be
     * sealed; until then nothing is read or written.
     *
     * @param file the key file; its directory exists
     * @return a sealer, whose methods fail if the file holds no keyset
     */
    public static TinkSealer ofKeyFile(Path file) {
        return new TinkSealer(once(toSeal -> {
            if (toSeal && !Files.exists(file)) {
                create(file);
            }
            KeysetHandle keyset = read(file);
            warnOfReaders(file);
            return aead(keyset);
        }));
    }

    /** What could not be loaded is tried again the next time. */
    private static Keys once(Keys keys) {
        return new Keys() {
            private @Nullable Aead loaded; // guarded by this

            @Override
            public synchronized Aead load(boolean toSeal) throws IOException, GeneralSecurityException {
                Aead aead = loaded;
                if (aead == null) {
                    AeadConfig.register();
                    aead = keys.load(toSeal);
                    loaded = aead;
                }
                return aead;
            }
        };
    }

    private static KeysetHandle newKeyset() throws GeneralSecurityException {
        return KeysetHandle.generateNew(PredefinedAeadParameters.AES256_GCM);
    }

    private static Aead aead(KeysetHandle keyset) throws GeneralSecurityException {
        return keyset.getPrimitive(RegistryConfiguration.get(), Aead.class);
    }

    private static KeysetHandle read(Path file) throws IOException {
        try {
            return TinkJsonProtoKeysetFormat.parseKeyset(Files.readString(file), InsecureSecretKeyAccess.get());
        } catch (NoSuchFileException e) {
            throw new IOException("the key file is gone: \"" + file + "\"", e);
        } catch (FileSystemException e) {
            throw e; // which names the file
        } catch (IOException e) {
            throw new IOException("the key file cannot be read: \"" + file + "\": " + e.getMessage(), e);
        } catch (GeneralSecurityException e) {
            throw new IOException("not a key file, as it does not hold a keyset of Tink's: \"" + file + "\"", e);
        }
    }

    /** A key that others can read seals nothing from them; it is used all the same, as a host may mount it so. */
    private static void warnOfReaders(Path file) throws IOException {
        PosixFileAttributeView view = Files.getFileAttributeView(file, PosixFileAttributeView.class);
        if (view != null && view.readAttributes().permissions().contains(PosixFilePermission.OTHERS_READ)) {
            LOG.warn("key file can be read by all users of this machine; chmod 600 it: \"{}\"", file);
        }
    }

    /** Another process may do the same: whoever links its file first has made the key. */
    private static void create(Path file) throws IOException, GeneralSecurityException {
        FileAttribute<?>[] mode =
                file.getFileSystem().supportedFileAttributeViews().contains("posix")
                        ? new FileAttribute<?>[] {
                            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"))
                        }
                        : new FileAttribute<?>[0];
        Path fresh = Files.createTempFile(file.toAbsolutePath().getParent(), ".key", ".new", mode);
        try {
            Files.writeString(
                    fresh, TinkJsonProtoKeysetFormat.serializeKeyset(newKeyset(), InsecureSecretKeyAccess.get()));
            Files.createLink(file, fresh);
        } catch (FileAlreadyExistsException e) {
            // the other one's key is the key
        } finally {
            Files.delete(fresh);
        }
    }

    @Override
    public byte[] seal(byte[] clear, String context) throws IOException {
        try {
            return keys.load(true).encrypt(clear, context.getBytes(StandardCharsets.UTF_8));
        } catch (GeneralSecurityException e) {
            throw new IOException("a secret could not be sealed", e);
        }
    }

    @Override
    public byte[] open(byte[] sealed, String context) throws IOException {
        try {
            return keys.load(false).decrypt(sealed, context.getBytes(StandardCharsets.UTF_8));
        } catch (GeneralSecurityException e) {
            throw new IOException("a secret could not be opened: its key is another, or it was changed", e);
        }
    }
}
