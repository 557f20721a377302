package io.longshore.storage.s3;

import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.List;

/** The bytes of one part, in memory that grows with them. */
final class PartBuffer {
    private static final int FIRST_CHUNK_BYTES = 64 * 1024;
    private static final int LARGEST_CHUNK_BYTES = 1024 * 1024;

    private final long capacityBytes;
    private final List<byte[]> chunks = new ArrayList<>();
    private int used; // of the last chunk
    private long sizeBytes;

    PartBuffer(long capacityBytes) {
        this.capacityBytes = capacityBytes;
    }

    long sizeBytes() {
        return sizeBytes;
    }

    boolean isFull() {
        return sizeBytes == capacityBytes;
    }

    /** Takes as many bytes as fit, and says how many. */
    int append(byte[] bytes, int offset, int length) {
        int taken = (int) Math.min(length, capacityBytes - sizeBytes);
        int done = 0;
        while (done < taken) {
            byte[] chunk = lastChunk();
            int n = Math.min(taken - done, chunk.length - used);
            System.arraycopy(bytes, offset + done, chunk, used, n);
            used += n;
            sizeBytes += n;
            done += n;
        }
        return taken;
    }

    private byte[] lastChunk() {
        if (!chunks.isEmpty() && used < chunks.get(chunks.size() - 1).length) {
            return chunks.get(chunks.size() - 1);
        }
        long wanted = Math.max(FIRST_CHUNK_BYTES, Math.min(LARGEST_CHUNK_BYTES, sizeBytes));
        byte[] chunk = new byte[(int) Math.min(wanted, capacityBytes - sizeBytes)];
        chunks.add(chunk);
        used = 0;
        return chunk;
    }

    InputStream content() {
        List<InputStream> each = new ArrayList<>();
        for (int i = 0; i < chunks.size(); i++) {
            byte[] chunk = chunks.get(i);
            each.add(new ByteArrayInputStream(chunk, 0, i == chunks.size() - 1 ? used : chunk.length));
        }
        return new SequenceInputStream(Collections.enumeration(each));
    }

    /** The MD5 as the Content-MD5 header has it, by which the store verifies what it got. */
    String contentMd5() {
        MessageDigest md5 = Digests.md5();
        for (int i = 0; i < chunks.size(); i++) {
            byte[] chunk = chunks.get(i);
            md5.update(chunk, 0, i == chunks.size() - 1 ? used : chunk.length);
        }
        return Base64.getEncoder().encodeToString(md5.digest());
    }
}
