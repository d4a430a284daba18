-- Executions that were removed and whose journal and logs go bit by bit. While one is here, its id is
-- given to no other.
CREATE TABLE removal (
    execution INTEGER PRIMARY KEY
);
-- Which execution refers to which file: several may have the same content.
CREATE TABLE blob_use (
    execution INTEGER NOT NULL,
    name TEXT NOT NULL,
    PRIMARY KEY (execution, name)
) WITHOUT ROWID;
CREATE INDEX blob_use_name ON blob_use (name);
INSERT INTO blob_use (execution, name)
SELECT execution, substr(body, 10, 64) FROM journal WHERE body LIKE '{"blob":"%'
UNION SELECT id, substr(start, 10, 64) FROM execution WHERE start LIKE '{"blob":"%'
UNION SELECT id, substr(outcome, 10, 64) FROM execution WHERE outcome LIKE '{"blob":"%';
