package io.longshore.stage;

import io.longshore.codec.ItemSpec;
import io.longshore.workspace.PathText;
import io.longshore.workspace.Workspace;
import java.util.LinkedHashMap;
import java.util.Map;

/** The whole environment of a script (contract 1.1 to 1.4, 1.6, 1.7, 1.10). */
public final class ScriptEnvironment {
    private ScriptEnvironment() {}

    /**
     * Puts a script's environment together: what is inherited, then what the engine sets, then what the script and the
     * job set, and last the three names that nobody else may set.
     *
     * @param spec the item
     * @param workspace its directories
     * @param staged what staging left
     * @param inherited what scripts inherit of the host's environment
     * @return the variables
     */
    public static Map<String, String> of(
            ItemSpec spec, Workspace workspace, Staged staged, Map<String, String> inherited) {
        Map<String, String> environment = new LinkedHashMap<>(inherited);
        environment.put("TMPDIR", PathText.of(workspace.temporary()));
        environment.put("PYTHONUNBUFFERED", "1");
        environment.putAll(spec.script().environment());
        environment.putAll(spec.request().environment());
        environment.put("WORKDIR", PathText.of(workspace.scratch()));
        environment.put("LONGSHORE_INPUTS_FILE", PathText.of(workspace.inputs()));
        if (staged.hasConnections()) {
            environment.put("LONGSHORE_CONNECTIONS_FILE", PathText.of(workspace.connections()));
        }
        if (spec.request().explain() && spec.script().explainable()) {
            environment.put("LONGSHORE_EXPLAIN", "true");
        }
        environment.put("BATCH_INPUT_DIR", PathText.of(workspace.input()));
        environment.put("BATCH_OUTPUT_DIR", PathText.of(workspace.output()));
        environment.put("JOBS_PAYLOAD_FILE", PathText.of(workspace.payload()));
        return environment;
    }
}
