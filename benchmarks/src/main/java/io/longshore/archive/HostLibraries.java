package io.longshore.archive;

/** What the archive writer finds on this host. */
public final class HostLibraries {
    private HostLibraries() {}

    /** Whether whole files can be deflated by libdeflate. */
    public static boolean haveLibdeflate() {
        FileDeflater found = Libdeflate.open();
        if (found != null) {
            found.end();
        }
        return found != null;
    }
}
