-- The files of large bodies that rows refer to; others were left by writes that came to nothing.
CREATE TABLE blob (
    name TEXT PRIMARY KEY
) WITHOUT ROWID;
INSERT INTO blob (name)
SELECT substr(body, 10, 64) FROM journal WHERE body LIKE '{"blob":"%'
UNION SELECT substr(start, 10, 64) FROM execution WHERE start LIKE '{"blob":"%'
UNION SELECT substr(outcome, 10, 64) FROM execution WHERE outcome LIKE '{"blob":"%';
