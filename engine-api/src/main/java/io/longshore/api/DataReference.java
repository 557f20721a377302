package io.longshore.api;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * What a job says about one piece of its data: a type that picks the storage plug-in, and a location that the plug-in
 * understands. For {@code data_asset} the location has {@code href} (inputs) or {@code name} (outputs); for {@code s3}
 * and {@code connection_asset} it has {@code bucket} and {@code key} or {@code file_name}, or {@code prefix} for a folder.
 */
public final class DataReference {
    /** Location: the address of an asset. */
    public static final String HREF = "href";
    /** Location: the name of an asset to be made. */
    public static final String NAME = "name";
    /** Location: a bucket. */
    public static final String BUCKET = "bucket";
    /** Location: the key of one object; WML writes {@link #FILE_NAME}. */
    public static final String KEY = "key";
    /** Location: WML's word for {@link #KEY}. */
    public static final String FILE_NAME = "file_name";
    /** Location: the beginning that the keys of a folder's objects share. */
    public static final String PREFIX = "prefix";
    /** Location: an absolute path on the host. */
    public static final String PATH = "path";
    /** Location: which of its host's spaces an asset is in; the host's own note, which is not shown. */
    public static final String SPACE = "space";

    private final String type;
    private final Optional<String> id;
    private final Optional<String> connection;
    private final Map<String, String> location;
    private final Handling handling;

    private DataReference(Builder builder) {
        this.type = builder.type;
        this.id = builder.id;
        this.connection = builder.connection;
        this.location = Collections.unmodifiableMap(new LinkedHashMap<>(builder.location));
        this.handling = builder.handling;
    }

    /**
     * A builder of a reference.
     *
     * @param type the type that picks the storage plug-in, such as {@code data_asset} or {@code s3}
     * @return a new builder
     */
    public static Builder builder(String type) {
        return new Builder(type);
    }

    /**
     * A managed asset by its id.
     *
     * @param assetId the id
     * @return a reference of type {@code data_asset}
     */
    public static DataReference asset(String assetId) {
        return builder("data_asset")
                .location(HREF, "/v2/assets/" + Check.text("asset id", assetId))
                .build();
    }

    /**
     * A managed asset to be made, by its name.
     *
     * @param name the name, kept exactly
     * @return a reference of type {@code data_asset}
     */
    public static DataReference assetNamed(String name) {
        return builder("data_asset")
                .location(NAME, Check.text("asset name", name))
                .build();
    }

    /**
     * An object in S3.
     *
     * @param connection the id of the connection that reaches it
     * @param bucket its bucket
     * @param key its key
     * @return a reference of type {@code s3}
     */
    public static DataReference s3(String connection, String bucket, String key) {
        return builder("s3")
                .connection(connection)
                .location(BUCKET, bucket)
                .location(KEY, key)
                .build();
    }

    /**
     * The type that picks the storage plug-in.
     *
     * @return the type
     */
    public String type() {
        return type;
    }

    /**
     * The submitter's name for the reference.
     *
     * @return the id, where one was given
     */
    public Optional<String> id() {
        return id;
    }

    /**
     * The connection that reaches the data.
     *
     * @return the id of a connection, where one was given
     */
    public Optional<String> connection() {
        return connection;
    }

    /**
     * Where the data is, in the plug-in's words.
     *
     * @return an unmodifiable map in the order it was given
     */
    public Map<String, String> location() {
        return location;
    }

    /**
     * One part of the location.
     *
     * @param name the part, such as {@link #BUCKET}
     * @return its value, or empty where it is not set
     */
    public Optional<String> location(String name) {
        return Optional.ofNullable(location.get(name));
    }

    /**
     * Who moves the data.
     *
     * @return the handling, {@link Handling#AUTO} unless set
     */
    public Handling handling() {
        return handling;
    }

    /**
     * A builder that begins with what this reference holds.
     *
     * @return a new builder
     */
    public Builder toBuilder() {
        Builder builder = new Builder(type);
        builder.id = id;
        builder.connection = connection;
        builder.location.putAll(location);
        builder.handling = handling;
        return builder;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof DataReference that
                && type.equals(that.type)
                && id.equals(that.id)
                && connection.equals(that.connection)
                && location.equals(that.location)
                && handling == that.handling;
    }

    @Override
    public int hashCode() {
        return 31 * type.hashCode() + location.hashCode();
    }

    /** The reference in a reader's words, such as {@code s3 reference "events" {bucket=raw, key=a.csv}}. */
    @Override
    public String toString() {
        Map<String, String> shown = new LinkedHashMap<>(location);
        shown.remove(SPACE);
        return type + " reference" + id.map(i -> " \"" + i + "\"").orElse("") + " " + shown;
    }

    /** Collects what a {@link DataReference} is made of. */
    public static final class Builder {
        private final String type;
        private Optional<String> id = Optional.empty();
        private Optional<String> connection = Optional.empty();
        private final Map<String, String> location = new LinkedHashMap<>();
        private Handling handling = Handling.AUTO;

        private Builder(String type) {
            this.type = Check.text("reference type", type);
        }

        /**
         * Sets the submitter's name for the reference. Default: none.
         *
         * @param id the name; may be empty
         * @return this builder
         */
        public Builder id(String id) {
            this.id = Optional.of(id);
            return this;
        }

        /**
         * Sets the connection that reaches the data. Default: none.
         *
         * @param id the id of a connection
         * @return this builder
         */
        public Builder connection(String id) {
            this.connection = Optional.of(Check.text("connection id", id));
            return this;
        }

        /**
         * Sets one part of the location.
         *
         * @param name the part, such as {@link DataReference#BUCKET}
         * @param value its value, without NUL
         * @return this builder
         */
        public Builder location(String name, String value) {
            location.put(Check.text("location part", name), Check.noNul("location." + name, value));
            return this;
        }

        /**
         * Sets who moves the data. Default: {@link Handling#AUTO}.
         *
         * @param handling the handling
         * @return this builder
         */
        public Builder handling(Handling handling) {
            this.handling = handling;
            return this;
        }

        /**
         * The reference.
         *
         * @return an immutable reference
         */
        public DataReference build() {
            return new DataReference(this);
        }
    }
}
