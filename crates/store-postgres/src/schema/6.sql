-- Rows of journals of closed executions, many in one. They come before those in `journal`. `before` and `seal` are
-- those of the first and of the last row. An older release does not find such rows.
CREATE TABLE pack (
    execution BIGINT NOT NULL,
    next_event BIGINT NOT NULL,
    number BIGINT NOT NULL,
    rows BIGINT NOT NULL,
    before BIGINT,
    seal BIGINT,
    body BYTEA NOT NULL,
    PRIMARY KEY (execution, next_event, number)
);
-- The last execution, in the order of their changes, up to which all that were closed are packed.
CREATE TABLE packing (
    single INT PRIMARY KEY CHECK (single = 1),
    changed BIGINT NOT NULL,
    execution BIGINT NOT NULL
);
INSERT INTO packing (single, changed, execution) VALUES (1, 0, 0);
