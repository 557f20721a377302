package io.longshore.archive;

import org.jspecify.annotations.Nullable;

/** A library of the host that deflates faster than the JDK. JVMs before version 22, which this is for, cannot call it. */
final class Libdeflate {
    private Libdeflate() {}

    /** Null where there is none. */
    static @Nullable FileDeflater open() {
        return null;
    }
}
