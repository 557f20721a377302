package io.longshore.api;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * How to reach a remote store: a type, plain properties and secrets. For {@code s3} the properties are {@code endpoint},
 * {@code region} and {@code bucket}, the secrets {@code access_key_id} and {@code secret_access_key}, each optional.
 */
public final class Connection {
    /** Property: the base URL of the store, such as {@code https://s3.example.com}. */
    public static final String ENDPOINT = "endpoint";
    /** Property: the region, such as {@code us-east-1}. */
    public static final String REGION = "region";
    /** Property: the bucket of references that name none. */
    public static final String BUCKET = "bucket";
    /** Secret: the access key id. */
    public static final String ACCESS_KEY_ID = "access_key_id";
    /** Secret: the secret access key. */
    public static final String SECRET_ACCESS_KEY = "secret_access_key";

    private final String id;
    private final String type;
    private final Map<String, String> properties;
    private final Map<String, Secret> secrets;

    private Connection(Builder builder) {
        this.id = builder.id;
        this.type = builder.type;
        this.properties = Collections.unmodifiableMap(new LinkedHashMap<>(builder.properties));
        this.secrets = Collections.unmodifiableMap(new LinkedHashMap<>(builder.secrets));
    }

    /**
     * A builder of a connection.
     *
     * @param id what references name it by, not empty
     * @param type the type of store, such as {@code s3}
     * @return a new builder
     */
    public static Builder builder(String id, String type) {
        return new Builder(id, type);
    }

    /**
     * What references name the connection by.
     *
     * @return the id
     */
    public String id() {
        return id;
    }

    /**
     * The type of store.
     *
     * @return the type, such as {@code s3}
     */
    public String type() {
        return type;
    }

    /**
     * All plain properties.
     *
     * @return an unmodifiable map in the order they were set
     */
    public Map<String, String> properties() {
        return properties;
    }

    /**
     * One plain property.
     *
     * @param name its name
     * @return its value, or empty where it is not set
     */
    public Optional<String> property(String name) {
        return Optional.ofNullable(properties.get(name));
    }

    /**
     * All secrets.
     *
     * @return an unmodifiable map in the order they were set
     */
    public Map<String, Secret> secrets() {
        return secrets;
    }

    /**
     * One secret.
     *
     * @param name its name
     * @return the secret, or empty where it is not set
     */
    public Optional<Secret> secret(String name) {
        return Optional.ofNullable(secrets.get(name));
    }

    @Override
    public String toString() {
        return "Connection[" + id + ", " + type + ", " + properties + "]";
    }

    /** Collects what a {@link Connection} is made of. */
    public static final class Builder {
        private final String id;
        private final String type;
        private final Map<String, String> properties = new LinkedHashMap<>();
        private final Map<String, Secret> secrets = new LinkedHashMap<>();

        private Builder(String id, String type) {
            this.id = Check.text("connection id", id);
            this.type = Check.text("connection type", type);
        }

        /**
         * Sets a plain property.
         *
         * @param name its name
         * @param value its value
         * @return this builder
         */
        public Builder property(String name, String value) {
            properties.put(Check.text("connection property name", name), Check.noNul("connection " + name, value));
            return this;
        }

        /**
         * Sets a secret.
         *
         * @param name its name
         * @param value the secret
         * @return this builder
         */
        public Builder secret(String name, Secret value) {
            secrets.put(Check.text("connection secret name", name), value);
            return this;
        }

        /**
         * The connection.
         *
         * @return an immutable connection
         */
        public Connection build() {
            return new Connection(this);
        }
    }
}
