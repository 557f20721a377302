package io.longshore.journal;

import io.longshore.api.JobId;
import java.io.IOException;

/** What the store has of a job cannot be read. */
final class DamagedJobException extends IOException {
    private static final long serialVersionUID = 1L;

    DamagedJobException(JobId id, Exception cause) {
        super("what the job store has of job " + id + " is damaged", cause);
    }
}
