package io.longshore.archive;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import org.jspecify.annotations.Nullable;

/**
 * A library of the host that deflates faster than the JDK, where this module has native access. Without it the JVM would warn
 * of the call on the host's standard error.
 */
final class Libdeflate implements FileDeflater {
    private static final String LIBRARY = "libdeflate.so.0";

    // What it comes to has the size of the JDK's at 6, within half a percent on all kinds of text; at 6 it is a tenth
    // slower.
    private static final int LEVEL = 5;

    private static final @Nullable Functions FUNCTIONS = Functions.find();

    private final Functions functions;
    private final Arena arena = Arena.ofShared(); // as the next thread to use it may be another
    private final MemorySegment in = arena.allocate(Buffers.BLOCK_BYTES);
    private final MemorySegment out = arena.allocate(Buffers.BLOCK_BYTES);
    private final MemorySegment compressor;

    private Libdeflate(Functions functions) {
        this.functions = functions;
        try {
            compressor = (MemorySegment) functions.allocate.invokeExact(LEVEL);
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }

    /** What is called of the library. */
    private record Functions(MethodHandle allocate, MethodHandle compress, MethodHandle free) {
        private static @Nullable Functions find() {
            if (!Libdeflate.class.getModule().isNativeAccessEnabled()) {
                return null;
            }
            try {
                return of(library());
            } catch (IllegalArgumentException | UnsupportedOperationException e) {
                return null; // no such library, or no way to call one on this platform
            }
        }

        @SuppressWarnings("restricted")
        private static SymbolLookup library() {
            return SymbolLookup.libraryLookup(LIBRARY, Arena.global());
        }

        private static @Nullable Functions of(SymbolLookup library) {
            MemoryLayout size = Linker.nativeLinker().canonicalLayouts().get("size_t");
            if (!JAVA_LONG.equals(size)) {
                return null; // of 32 bits
            }
            MethodHandle allocate =
                    function(library, "libdeflate_alloc_compressor", FunctionDescriptor.of(ADDRESS, JAVA_INT));
            MethodHandle compress = function(
                    library,
                    "libdeflate_deflate_compress",
                    FunctionDescriptor.of(JAVA_LONG, ADDRESS, ADDRESS, JAVA_LONG, ADDRESS, JAVA_LONG));
            MethodHandle free = function(library, "libdeflate_free_compressor", FunctionDescriptor.ofVoid(ADDRESS));
            return allocate == null || compress == null || free == null
                    ? null
                    : new Functions(allocate, compress, free);
        }

        @SuppressWarnings("restricted")
        private static @Nullable MethodHandle function(
                SymbolLookup library, String name, FunctionDescriptor descriptor) {
            return library.find(name)
                    .map(address -> Linker.nativeLinker().downcallHandle(address, descriptor))
                    .orElse(null);
        }
    }

    /** Null where there is none. */
    static @Nullable FileDeflater open() {
        if (FUNCTIONS == null) {
            return null;
        }
        Libdeflate opened = new Libdeflate(FUNCTIONS);
        if (opened.compressor.equals(MemorySegment.NULL)) {
            opened.arena.close();
            throw new OutOfMemoryError("libdeflate got no memory");
        }
        return opened;
    }

    @Override
    public int deflate(byte[] from, int offset, int length, byte[] into, int intoOffset, int room) {
        // Copied, as memory of the heap would hold up the garbage collector meanwhile.
        MemorySegment.copy(from, offset, in, JAVA_BYTE, 0, length);
        long count;
        try {
            count = (long) functions.compress.invokeExact(compressor, in, (long) length, out, (long) room);
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
        MemorySegment.copy(out, JAVA_BYTE, 0, into, intoOffset, (int) count);
        return count == 0 ? -1 : (int) count;
    }

    @Override
    public void end() {
        try {
            functions.free.invokeExact(compressor);
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
        arena.close();
    }
}
