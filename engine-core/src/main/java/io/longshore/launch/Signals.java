package io.longshore.launch;

/** The signals' names, by their numbers on Linux. */
final class Signals {
    private static final String[] NAMES =
            (" HUP INT QUIT ILL TRAP ABRT BUS FPE KILL USR1 SEGV USR2 PIPE ALRM TERM STKFLT"
                            + " CHLD CONT STOP TSTP TTIN TTOU URG XCPU XFSZ VTALRM PROF WINCH IO PWR SYS")
                    .split(" ");
    private static final int FIRST_REAL_TIME = 34; // the C libraries keep 32 and 33 to themselves

    private Signals() {}

    /** Such as {@code SIGKILL} or {@code SIGRTMIN+1}. */
    static String name(int number) {
        if (number > 0 && number < NAMES.length) {
            return "SIG" + NAMES[number];
        }
        return number == FIRST_REAL_TIME
                ? "SIGRTMIN"
                : number > FIRST_REAL_TIME ? "SIGRTMIN+" + (number - FIRST_REAL_TIME) : "signal " + number;
    }
}
