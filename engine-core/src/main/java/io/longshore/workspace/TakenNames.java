package io.longshore.workspace;

import com.google.common.hash.HashFunction;
import com.google.common.hash.Hashing;
import java.nio.charset.StandardCharsets;

/**
 * Names that are taken, by a hash of 64 bits, as there may be millions: 16 bytes each. Of a million different names two share
 * a hash with a chance of one in thirty million; the later one passes for taken then.
 */
public final class TakenNames {
    private static final HashFunction HASH = Hashing.sipHash24();

    private long[] slots = new long[64]; // open addressing; 0 is free
    private int size;

    /** None yet. */
    public TakenNames() {}

    /**
     * Whether a name is taken.
     *
     * @param name any text
     * @return whether it was added
     */
    public boolean contains(String name) {
        long hash = hash(name);
        return slots[slot(hash)] == hash;
    }

    /**
     * Takes a name.
     *
     * @param name any text
     * @return false if it is taken already
     */
    public boolean add(String name) {
        long hash = hash(name);
        int slot = slot(hash);
        if (slots[slot] == hash) {
            return false;
        }
        slots[slot] = hash;
        size++;
        if (size > slots.length / 4 * 3) {
            grow();
        }
        return true;
    }

    private void grow() {
        long[] before = slots;
        slots = new long[2 * before.length];
        for (long hash : before) {
            if (hash != 0) {
                slots[slot(hash)] = hash;
            }
        }
    }

    /** Where a hash is, or would be. */
    private int slot(long hash) {
        int mask = slots.length - 1;
        int slot = (int) hash & mask;
        while (slots[slot] != 0 && slots[slot] != hash) {
            slot = (slot + 1) & mask;
        }
        return slot;
    }

    private static long hash(String name) {
        long hash = HASH.hashString(name, StandardCharsets.UTF_8).asLong();
        return hash == 0 ? 1 : hash;
    }
}
