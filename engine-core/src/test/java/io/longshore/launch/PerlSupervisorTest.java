package io.longshore.launch;

/** Scripts under the supervisor in perl. */
final class PerlSupervisorTest extends SupervisedScripts {
    PerlSupervisorTest() {
        super(Supervisor.Language.PERL, 200);
    }
}
