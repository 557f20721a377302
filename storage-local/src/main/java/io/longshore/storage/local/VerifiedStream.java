package io.longshore.storage.local;

import io.longshore.spi.PermanentStorageException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.security.MessageDigest;

/** An asset's bytes, whose end is an exception where they are not those that were recorded. */
final class VerifiedStream extends InputStream {
    private final InputStream in;
    private final Asset asset;
    private final Path file;
    private final MessageDigest digest = Disk.sha256();
    private long sizeBytes;
    private boolean ended;

    VerifiedStream(InputStream in, Asset asset, Path file) {
        this.in = in;
        this.asset = asset;
        this.file = file;
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
        if (ended || length == 0) {
            return length == 0 ? 0 : -1;
        }
        int n;
        try {
            n = in.read(bytes, offset, length);
        } catch (IOException e) {
            throw Disk.translated(e, "reading " + asset);
        }
        if (n >= 0) {
            digest.update(bytes, offset, n);
            sizeBytes += n;
            return n;
        }
        if (sizeBytes != asset.sizeBytes()) {
            throw damaged("it has " + sizeBytes + " bytes, not " + asset.sizeBytes());
        }
        if (!Disk.hex(digest.digest()).equals(asset.sha256())) {
            throw damaged("its SHA-256 is not the recorded one");
        }
        ended = true;
        return -1;
    }

    private IOException damaged(String how) {
        return new PermanentStorageException(asset + " is damaged, as " + how + ": \"" + file + "\"");
    }

    @Override
    public void close() throws IOException {
        in.close();
    }
}
