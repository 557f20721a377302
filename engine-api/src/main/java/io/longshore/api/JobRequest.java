package io.longshore.api;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;

/** What is asked of the engine: a script, the items to run it over, and what becomes of its output. */
public final class JobRequest {
    /** The variables that always have the engine's value, whatever a job says (contract 1.2). */
    public static final Set<String> RESERVED_VARIABLES =
            Set.of("BATCH_INPUT_DIR", "BATCH_OUTPUT_DIR", "JOBS_PAYLOAD_FILE");

    private final Optional<ScriptRef> scriptRef;
    private final Optional<Script> script;
    private final Optional<String> name;
    private final List<ItemRequest> items;
    private final Optional<OutputRequest> output;
    private final Map<String, String> environment;
    private final Map<String, Connection> connections;
    private final boolean explain;
    private final boolean itemsMayFail;
    private final Limits limits;
    private final Retries retries;
    private final OnLost onLost;
    private final Optional<KeepWorkspace> keepWorkspace;
    private final Optional<String> key;
    private final int priority;
    private final Optional<Payload> payload;

    private JobRequest(Builder builder) {
        this.scriptRef = builder.scriptRef;
        this.script = builder.script;
        this.name = builder.name;
        this.items = builder.items.isEmpty() ? List.of(ItemRequest.of("job", List.of())) : List.copyOf(builder.items);
        this.output = builder.output;
        this.environment = Collections.unmodifiableMap(new LinkedHashMap<>(builder.environment));
        this.connections = Collections.unmodifiableMap(new LinkedHashMap<>(builder.connections));
        this.explain = builder.explain;
        this.itemsMayFail =
                builder.itemsMayFail.orElse(items.size() > 1 || items.get(0).forEachObject());
        this.limits = builder.limits;
        this.retries = builder.retries;
        this.onLost = builder.onLost;
        this.keepWorkspace = builder.keepWorkspace;
        this.key = builder.key;
        this.priority = builder.priority;
        this.payload = builder.payload;
    }

    /**
     * A builder of a request for a script that a {@link io.longshore.spi.ScriptCatalog} knows.
     *
     * @param script the deployment or model
     * @return a new builder
     */
    public static Builder builder(ScriptRef script) {
        return new Builder(Optional.of(script), Optional.empty());
    }

    /**
     * A builder of a request for a script that is handed over.
     *
     * @param script the script
     * @return a new builder
     */
    public static Builder builder(Script script) {
        return new Builder(Optional.of(script.ref()), Optional.of(script));
    }

    /**
     * The script's id and version.
     *
     * @return the reference
     */
    public ScriptRef scriptRef() {
        return scriptRef.orElseThrow();
    }

    /**
     * The script itself, where it was handed over.
     *
     * @return the script, or empty where a catalog is asked
     */
    public Optional<Script> script() {
        return script;
    }

    /**
     * The submitter's name for the job.
     *
     * @return the name, where one was given
     */
    public Optional<String> name() {
        return name;
    }

    /**
     * The items; one without inputs where none was given.
     *
     * @return an immutable list, never empty
     */
    public List<ItemRequest> items() {
        return items;
    }

    /**
     * What becomes of the output.
     *
     * @return the output, or empty if nothing is collected
     */
    public Optional<OutputRequest> output() {
        return output;
    }

    /**
     * The job's environment variables.
     *
     * @return an unmodifiable map
     */
    public Map<String, String> environment() {
        return environment;
    }

    /**
     * The connections that came with the job, by id; they come before the catalog's.
     *
     * @return an unmodifiable map
     */
    public Map<String, Connection> connections() {
        return connections;
    }

    /**
     * Whether an explainable script is asked to explain its results (contract 1.10).
     *
     * @return true if asked for
     */
    public boolean explain() {
        return explain;
    }

    /**
     * Whether the job completes although items failed (contract 3.3), or fails with its item (contract 3.2).
     *
     * @return true if items may fail
     */
    public boolean itemsMayFail() {
        return itemsMayFail;
    }

    /**
     * How long the job and its phases may take.
     *
     * @return the limits
     */
    public Limits limits() {
        return limits;
    }

    /**
     * How often phases are tried again.
     *
     * @return the retries
     */
    public Retries retries() {
        return retries;
    }

    /**
     * What becomes of an item whose script was lost.
     *
     * @return the policy
     */
    public OnLost onLost() {
        return onLost;
    }

    /**
     * When an item's directories stay.
     *
     * @return the policy; empty where nothing was said, which is {@link KeepWorkspace#NEVER} unless the host decides for
     *     another before it submits
     */
    public Optional<KeepWorkspace> keepWorkspace() {
        return keepWorkspace;
    }

    /**
     * The client's key: a second submission with the same key is the first job.
     *
     * @return the key, where one was given
     */
    public Optional<String> key() {
        return key;
    }

    /**
     * The priority among the jobs of one deployment: higher ones go first.
     *
     * @return the priority, 0 unless set
     */
    public int priority() {
        return priority;
    }

    /**
     * The document the request was made of.
     *
     * @return the payload, or empty for a request made in Java
     */
    public Optional<Payload> payload() {
        return payload;
    }

    /**
     * The same request for one item, without the document it was made of.
     *
     * @param item the item
     * @return a request with this item alone
     */
    public JobRequest reducedTo(ItemRequest item) {
        Builder builder = settings();
        builder.items.add(item);
        builder.payload = Optional.empty();
        return new JobRequest(builder);
    }

    /**
     * The same request for some of its items, to be another job: without the client's key.
     *
     * @param some the items, at least one
     * @return a request with these items alone
     */
    public JobRequest anew(List<ItemRequest> some) {
        Builder builder = settings();
        some.forEach(builder::item);
        builder.key = Optional.empty();
        return new JobRequest(builder);
    }

    /**
     * The same request with other references, for hosts that say more of where data is than documents do. What scripts and
     * status documents show of a document that was submitted stays as it is.
     *
     * @param change makes a reference of each input and of the output's target
     * @return a request with the changed references
     */
    public JobRequest withReferences(UnaryOperator<DataReference> change) {
        Builder builder = settings();
        items.forEach(item -> builder.item(item.withReferences(change)));
        builder.output = output.map(each -> each.withTarget(change.apply(each.target())));
        return new JobRequest(builder);
    }

    /**
     * A builder that begins with what this request holds.
     *
     * @return a new builder
     */
    public Builder toBuilder() {
        Builder builder = settings();
        items.forEach(builder::item);
        return builder;
    }

    private Builder settings() {
        Builder builder = new Builder(scriptRef, script);
        builder.name = name;
        builder.output = output;
        builder.environment.putAll(environment);
        builder.connections.putAll(connections);
        builder.explain = explain;
        builder.itemsMayFail = Optional.of(itemsMayFail);
        builder.limits = limits;
        builder.retries = retries;
        builder.onLost = onLost;
        builder.keepWorkspace = keepWorkspace;
        builder.key = key;
        builder.priority = priority;
        builder.payload = payload;
        return builder;
    }

    @Override
    public String toString() {
        return "JobRequest[" + scriptRef() + ", " + items.size() + " items]";
    }

    /** Collects what a {@link JobRequest} is made of. */
    public static final class Builder {
        private Optional<ScriptRef> scriptRef;
        private Optional<Script> script;
        private Optional<String> name = Optional.empty();
        private final List<ItemRequest> items = new ArrayList<>();
        private final Set<String> keys = new HashSet<>();
        private Optional<OutputRequest> output = Optional.empty();
        private final Map<String, String> environment = new LinkedHashMap<>();
        private final Map<String, Connection> connections = new LinkedHashMap<>();
        private boolean explain;
        private Optional<Boolean> itemsMayFail = Optional.empty();
        private Limits limits = Limits.NONE;
        private Retries retries = Retries.DEFAULT;
        private OnLost onLost = OnLost.FAIL;
        private Optional<KeepWorkspace> keepWorkspace = Optional.empty();
        private Optional<String> key = Optional.empty();
        private int priority;
        private Optional<Payload> payload = Optional.empty();

        private Builder(Optional<ScriptRef> scriptRef, Optional<Script> script) {
            this.scriptRef = scriptRef;
            this.script = script;
        }

        /**
         * Hands the script over, in place of the one a catalog would find.
         *
         * @param script the script
         * @return this builder
         */
        public Builder script(Script script) {
            this.script = Optional.of(script);
            this.scriptRef = Optional.of(script.ref());
            return this;
        }

        /**
         * Sets the submitter's name for the job. Default: none.
         *
         * @param name any text
         * @return this builder
         */
        public Builder name(String name) {
            this.name = Optional.of(name);
            return this;
        }

        /**
         * Adds an item. Default: one item without inputs.
         *
         * @param item the item; its key differs from those before
         * @return this builder
         */
        public Builder item(ItemRequest item) {
            if (!keys.add(item.key())) {
                throw new InvalidRequestException("item key", item.key(), "stands twice");
            }
            items.add(item);
            return this;
        }

        /**
         * Adds the one item of a job that has no more, with inputs named by their sources' objects.
         *
         * @param references where its inputs are
         * @return this builder
         */
        public Builder inputs(List<DataReference> references) {
            return item(ItemRequest.of("job", ItemRequest.Input.all(references)));
        }

        /**
         * Sets what becomes of the output. Default: nothing is collected.
         *
         * @param output the output
         * @return this builder
         */
        public Builder output(OutputRequest output) {
            this.output = Optional.of(output);
            return this;
        }

        /**
         * Sets a variable. The {@linkplain JobRequest#RESERVED_VARIABLES reserved ones} may be set and have no effect.
         *
         * @param name its name, without {@code =} and NUL
         * @param value its exact value, without NUL; nothing is expanded
         * @return this builder
         */
        public Builder environment(String name, String value) {
            Check.variable("environment_variables", name, value);
            environment.put(name, value);
            return this;
        }

        /**
         * Adds a connection that comes with the job.
         *
         * @param connection the connection
         * @return this builder
         */
        public Builder connection(Connection connection) {
            connections.put(connection.id(), connection);
            return this;
        }

        /**
         * Sets whether an explainable script is asked to explain its results. Default: false.
         *
         * @param explain true to ask
         * @return this builder
         */
        public Builder explain(boolean explain) {
            this.explain = explain;
            return this;
        }

        /**
         * Sets whether the job completes although items failed. Default: true if it has several items or a folder, false
         * if it has one.
         *
         * @param itemsMayFail true if it completes
         * @return this builder
         */
        public Builder itemsMayFail(boolean itemsMayFail) {
            this.itemsMayFail = Optional.of(itemsMayFail);
            return this;
        }

        /**
         * Sets how long the job and its phases may take. Default: {@link Limits#NONE}.
         *
         * @param limits the limits
         * @return this builder
         */
        public Builder limits(Limits limits) {
            this.limits = limits;
            return this;
        }

        /**
         * Sets how often phases are tried again. Default: {@link Retries#DEFAULT}.
         *
         * @param retries the retries
         * @return this builder
         */
        public Builder retries(Retries retries) {
            this.retries = retries;
            return this;
        }

        /**
         * Sets what becomes of an item whose script was lost. Default: {@link OnLost#FAIL}.
         *
         * @param onLost the policy
         * @return this builder
         */
        public Builder onLost(OnLost onLost) {
            this.onLost = onLost;
            return this;
        }

        /**
         * Sets when an item's directories stay. Default: {@link KeepWorkspace#NEVER}.
         *
         * @param keepWorkspace the policy
         * @return this builder
         */
        public Builder keepWorkspace(KeepWorkspace keepWorkspace) {
            this.keepWorkspace = Optional.of(keepWorkspace);
            return this;
        }

        /**
         * Sets the client's key. Default: none.
         *
         * @param key any text that is not empty
         * @return this builder
         */
        public Builder key(String key) {
            this.key = Optional.of(Check.text("key", key));
            return this;
        }

        /**
         * Sets the priority among the jobs of one deployment. Default: 0.
         *
         * @param priority higher goes first
         * @return this builder
         */
        public Builder priority(int priority) {
            this.priority = priority;
            return this;
        }

        /**
         * Sets the document the request was made of. Default: none, and scripts find one made of the request.
         *
         * @param payload the document without its secrets
         * @return this builder
         */
        public Builder payload(Payload payload) {
            this.payload = Optional.of(payload);
            return this;
        }

        /**
         * The request.
         *
         * @return an immutable request
         */
        public JobRequest build() {
            return new JobRequest(this);
        }
    }
}
