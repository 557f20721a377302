package io.longshore.api;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * One run of the script that a job asks for: a key and the inputs that arrive together. Or, {@linkplain #forEachObject for
 * a folder}, one run for each object in it.
 */
public final class ItemRequest {
    private final String key;
    private final List<Input> inputs;
    private final boolean forEachObject;

    private ItemRequest(String key, List<Input> inputs, boolean forEachObject) {
        this.key = Check.noNul("item key", key);
        this.inputs = List.copyOf(inputs);
        this.forEachObject = forEachObject;
    }

    /**
     * One run with these inputs.
     *
     * @param key the submitter's name for the item: any text, never used as a file name
     * @param inputs what is staged before it, in this order; may be empty
     * @return the item
     */
    public static ItemRequest of(String key, List<Input> inputs) {
        return new ItemRequest(key, inputs, false);
    }

    /**
     * One run for each object of a folder, keyed {@code <key>/<name relative to the folder>}. The folder is listed after
     * submission; an empty or unreadable one is one failed item under {@code key} (contract 4).
     *
     * @param key what the items' keys begin with
     * @param name the data name that each object is staged under
     * @param folder a reference that leads to a folder
     * @return the items-to-be
     */
    public static ItemRequest forEachObject(String key, String name, DataReference folder) {
        return new ItemRequest(key, List.of(Input.named(name, folder)), true);
    }

    /**
     * The submitter's name for the item.
     *
     * @return any text
     */
    public String key() {
        return key;
    }

    /**
     * What is staged before the script starts.
     *
     * @return an immutable list in the order of the references
     */
    public List<Input> inputs() {
        return inputs;
    }

    /**
     * Whether this stands for one item for each object of its only input.
     *
     * @return true for a folder
     */
    public boolean forEachObject() {
        return forEachObject;
    }

    ItemRequest withReferences(UnaryOperator<DataReference> change) {
        List<Input> changed = inputs.stream()
                .map(input -> new Input(input.name(), change.apply(input.reference())))
                .toList();
        return new ItemRequest(key, changed, forEachObject);
    }

    /**
     * One input of an item.
     *
     * @param name the file name it is staged under, which fails the item if it is no plain file name; empty to name it by
     *     the source's object (contract 1.7, 1.8)
     * @param reference where it is
     */
    public record Input(Optional<String> name, DataReference reference) {
        /**
         * Checks that nothing is null.
         *
         * @param name the {@code name} component
         * @param reference the {@code reference} component
         */
        public Input {
            Objects.requireNonNull(name);
            Objects.requireNonNull(reference);
        }

        /**
         * An input that is named by the source's object.
         *
         * @param reference where it is
         * @return the input
         */
        public static Input of(DataReference reference) {
            return new Input(Optional.empty(), reference);
        }

        /**
         * An input that is staged under a given name.
         *
         * @param name the file name
         * @param reference where it is
         * @return the input
         */
        public static Input named(String name, DataReference reference) {
            return new Input(Optional.of(name), reference);
        }

        /**
         * Inputs that are named by their sources' objects.
         *
         * @param references where they are
         * @return the inputs in the same order
         */
        public static List<Input> all(List<DataReference> references) {
            List<Input> inputs = new ArrayList<>();
            references.forEach(reference -> inputs.add(of(reference)));
            return inputs;
        }
    }
}
