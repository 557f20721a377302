package io.longshore.workspace;

import com.google.common.hash.HashFunction;
import com.google.common.hash.Hashing;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.LongBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * Names that are taken, by a hash of 64 bits, as there may be millions: half a megabyte of them is in the heap, more is in a
 * file that is mapped into memory, 11 to 22 bytes a name. Of a million different names two share a hash with a chance of one in
 * thirty million; the later one passes for taken then.
 */
public final class TakenNames {
    private static final HashFunction HASH = Hashing.sipHash24();
    private static final int MOST_IN_HEAP = 1 << 16;
    private static final int BLOCK_BYTES = 1 << 16;

    private final Path directory;
    private LongBuffer slots = LongBuffer.allocate(64); // open addressing; 0 is free
    private int size;

    /**
     * None yet.
     *
     * @param directory where the file is, whose name is gone as soon as it is mapped
     */
    public TakenNames(Path directory) {
        this.directory = directory;
    }

    /**
     * Whether a name is taken.
     *
     * @param name any text
     * @return whether it was added
     */
    public boolean contains(String name) {
        long hash = hash(name);
        return slots.get(slot(hash)) == hash;
    }

    /**
     * Takes a name.
     *
     * @param name any text
     * @return false if it is taken already
     * @throws IOException if there is no room for the file
     */
    public boolean add(String name) throws IOException {
        long hash = hash(name);
        int slot = slot(hash);
        if (slots.get(slot) == hash) {
            return false;
        }
        slots.put(slot, hash);
        size++;
        if (size > slots.capacity() / 4 * 3) {
            grow();
        }
        return true;
    }

    private void grow() throws IOException {
        LongBuffer before = slots;
        int count = 2 * before.capacity();
        slots = count <= MOST_IN_HEAP ? LongBuffer.allocate(count) : mapped(count);
        for (int i = 0; i < before.capacity(); i++) {
            long hash = before.get(i);
            if (hash != 0) {
                slots.put(slot(hash), hash);
            }
        }
    }

    /** In the heap where the file system is in memory itself. */
    private LongBuffer mapped(int count) throws IOException {
        Path file = Files.createTempFile(directory, "names", null);
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            long bytes = (long) count * Long.BYTES;
            ByteBuffer zeros = ByteBuffer.allocate(BLOCK_BYTES);
            while (channel.position()
                    < bytes) { // else a full disk would show at a later access, as an error of the JVM
                channel.write(zeros.clear());
            }
            return channel.map(FileChannel.MapMode.READ_WRITE, 0, bytes).asLongBuffer();
        } catch (UnsupportedOperationException e) {
            return LongBuffer.allocate(count);
        } catch (IOException e) {
            throw NamedWrites.named(e, file);
        } finally {
            Files.delete(file);
        }
    }

    /** Where a hash is, or would be. */
    private int slot(long hash) {
        int mask = slots.capacity() - 1;
        int slot = (int) hash & mask;
        for (long found = slots.get(slot); found != 0 && found != hash; found = slots.get(slot)) {
            slot = (slot + 1) & mask;
        }
        return slot;
    }

    private static long hash(String name) {
        long hash = HASH.hashString(name, StandardCharsets.UTF_8).asLong();
        return hash == 0 ? 1 : hash;
    }
}
