-- What executions are searched by: all of it as JSON, and a row for each value. A value is text, a
-- real number, or a blob of one byte for true and false. `changed` is that of the execution.
ALTER TABLE execution ADD COLUMN attributes TEXT;
CREATE TABLE attribute (
    name TEXT NOT NULL,
    value NOT NULL,
    changed INTEGER NOT NULL,
    execution INTEGER NOT NULL,
    PRIMARY KEY (name, value, changed, execution)
) WITHOUT ROWID;
