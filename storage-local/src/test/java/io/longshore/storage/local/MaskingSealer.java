package io.longshore.storage.local;

import io.longshore.spi.SecretSealer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** A sealer that hides nothing from anybody who looks twice, but keeps the rules: context and key have to be right. */
final class MaskingSealer implements SecretSealer {
    private final byte key;

    MaskingSealer(int key) {
        this.key = (byte) key;
    }

    @Override
    public byte[] seal(byte[] clear, String context) {
        byte[] tag = tag(context);
        byte[] sealed = Arrays.copyOf(tag, tag.length + clear.length);
        for (int i = 0; i < clear.length; i++) {
            sealed[tag.length + i] = (byte) (clear[i] ^ key);
        }
        return sealed;
    }

    @Override
    public byte[] open(byte[] sealed, String context) throws IOException {
        byte[] tag = tag(context);
        if (sealed.length < tag.length || !Arrays.equals(tag, Arrays.copyOf(sealed, tag.length))) {
            throw new IOException("another key or context");
        }
        byte[] clear = Arrays.copyOfRange(sealed, tag.length, sealed.length);
        for (int i = 0; i < clear.length; i++) {
            clear[i] ^= key;
        }
        return clear;
    }

    private byte[] tag(String context) {
        return SpaceByHand.sha256((key + context).getBytes(StandardCharsets.UTF_8))
                .getBytes(StandardCharsets.US_ASCII);
    }
}
