package io.longshore.codec;

import io.longshore.api.JobRequest;
import io.longshore.api.Script;
import io.longshore.spi.ItemKey;
import io.longshore.spi.LaunchKey;
import java.util.Optional;

/**
 * All that the run of one item needs.
 *
 * @param key which item it is
 * @param request the job's request, reduced to this item
 * @param script the script as it was found at submission
 * @param payload the content of {@code JOBS_PAYLOAD_FILE}, without secrets
 * @param resume where it goes on; empty for an item that begins
 */
public record ItemSpec(ItemKey key, JobRequest request, Script script, String payload, Optional<Resume> resume) {
    /**
     * The item whose output is published: another one's where it is only published anew, so that it is the same publication
     * for every store.
     *
     * @return that item
     */
    public ItemKey published() {
        return resume.flatMap(Resume::origin).map(LaunchKey::item).orElse(key);
    }
}
