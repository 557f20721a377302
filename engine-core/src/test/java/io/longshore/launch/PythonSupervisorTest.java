package io.longshore.launch;

/** Scripts under the supervisor in python. */
final class PythonSupervisorTest extends SupervisedScripts {
    PythonSupervisorTest() {
        super(Supervisor.Language.PYTHON, 20);
    }
}
