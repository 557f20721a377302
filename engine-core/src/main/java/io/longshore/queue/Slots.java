package io.longshore.queue;

/** How many more items may run; below zero where items that ran already were taken over. */
final class Slots {
    private int free; // guarded by this

    Slots(int free) {
        this.free = free;
    }

    synchronized boolean tryTake() {
        if (free <= 0) {
            return false;
        }
        free--;
        return true;
    }

    /** Takes one whether or not there is one left, for an item that runs already. */
    synchronized void take() {
        free--;
    }

    synchronized void giveBack() {
        free++;
    }
}
