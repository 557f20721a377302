package io.longshore.archive;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.zip.Deflater;
import org.junit.jupiter.api.Test;

final class ThreadBudgetTest {
    @Test
    void archivesShareTheThreadsEquallyAndEachHasOne() {
        ThreadBudget budget = new ThreadBudget(4, Runnable::run);
        int[] shares = {4, 4, 2, 1, 1, 1};
        for (int archives = 0; archives < shares.length; archives++) {
            assertEquals(shares[archives], budget.share(), archives + " archives");
            budget.begin();
        }
        for (int archives = shares.length - 1; archives >= 0; archives--) {
            budget.end();
            assertEquals(shares[archives], budget.share(), archives + " archives");
        }
    }

    @Test
    void asManyDeflatersAreKeptAsThereAreThreads() {
        ThreadBudget budget = ThreadBudget.none();
        Deflater kept = budget.deflater();
        Deflater ended = budget.deflater();
        budget.giveBack(kept);
        budget.giveBack(ended);
        assertThrows(RuntimeException.class, ended::reset); // which one differs between JDKs
        assertSame(kept, budget.deflater());
        assertNotSame(ended, budget.deflater());
    }

    @Test
    void budgetOfNothingIsRefused() {
        assertThrows(IllegalArgumentException.class, () -> new ThreadBudget(0, Runnable::run));
    }
}
