-- Turns that were under way when a process ended that owned the store, each with the processes. A turn that ends one owner
-- after the other is known by that.
CREATE TABLE ended_turn (
    turn TEXT NOT NULL,
    process TEXT NOT NULL,
    noted TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (turn, process)
);
