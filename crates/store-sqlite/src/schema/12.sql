-- Rows of journals of closed executions, many in one. They come before those in `journal`. `before` and `seal` are
-- those of the first and of the last row. An older release does not find such rows.
CREATE TABLE pack (
    execution INTEGER NOT NULL,
    next_event INTEGER NOT NULL,
    number INTEGER NOT NULL,
    rows INTEGER NOT NULL,
    before INTEGER,
    seal INTEGER,
    body BLOB NOT NULL
);
CREATE UNIQUE INDEX pack_execution ON pack (execution, next_event, number);
-- The last execution, in the order of their changes, up to which all that were closed are packed.
CREATE TABLE packing (
    single INTEGER PRIMARY KEY CHECK (single = 1),
    changed INTEGER NOT NULL,
    execution INTEGER NOT NULL
);
INSERT INTO packing (single, changed, execution) VALUES (1, 0, 0);
