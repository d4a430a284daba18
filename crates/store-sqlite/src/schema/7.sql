-- Output of tasks in chunks: many lines in one compressed row. Lines of older files stay in `log`,
-- whose numbers come before those of all chunks.
CREATE TABLE log_chunk (
    execution INTEGER NOT NULL,
    first INTEGER NOT NULL,
    last INTEGER NOT NULL,
    lines BLOB NOT NULL
);

CREATE UNIQUE INDEX log_chunk_by_line ON log_chunk (execution, last);
