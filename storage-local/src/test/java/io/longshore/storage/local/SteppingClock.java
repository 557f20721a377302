package io.longshore.storage.local;

import java.time.Instant;
import java.time.InstantSource;

/** A clock that goes back by an hour whenever it is asked. */
final class SteppingClock implements InstantSource {
    private Instant now = Instant.parse("2025-06-30T12:00:00Z");

    @Override
    public synchronized Instant instant() {
        now = now.minusSeconds(3600);
        return now;
    }
}
