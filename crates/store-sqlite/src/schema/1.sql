-- Times are milliseconds since 1970. Bodies are JSON text; one that is not UTF-8 is a blob.

CREATE TABLE fence (
    only INTEGER PRIMARY KEY CHECK (only = 1),
    epoch INTEGER NOT NULL
);
INSERT INTO fence (only, epoch) VALUES (1, 0);

CREATE TABLE workflow (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE
);

-- Newer executions have greater ids. Only open ones have wake_at or owe anything.
-- key_hash is the first 8 bytes of the key's BLAKE3 hash, little-endian: an index on the keys
-- themselves would be ten times as large, and every turn changes a page of it. The one writer sees
-- to it that keys are unique. There are no foreign keys for the same reason.
CREATE TABLE execution (
    id INTEGER PRIMARY KEY,
    key TEXT NOT NULL,
    key_hash INTEGER NOT NULL,
    workflow INTEGER NOT NULL,
    status INTEGER NOT NULL,
    started INTEGER NOT NULL,
    stopped INTEGER,
    revision INTEGER NOT NULL,
    wake_at INTEGER,
    owes INTEGER NOT NULL,
    start TEXT NOT NULL,
    image TEXT NOT NULL,
    outcome TEXT
);
CREATE INDEX execution_key_hash ON execution (key_hash);
CREATE INDEX execution_workflow ON execution (workflow);
CREATE INDEX execution_wake_at ON execution (wake_at) WHERE wake_at IS NOT NULL;
CREATE INDEX execution_owes ON execution (owes) WHERE owes = 1;
-- Succeeded executions are most of all, and found fast enough without.
CREATE INDEX execution_status ON execution (status) WHERE status <> 1;
CREATE INDEX execution_workflow_status ON execution (workflow, status) WHERE status <> 1;

-- One row a turn.
CREATE TABLE journal (
    id INTEGER PRIMARY KEY,
    execution INTEGER NOT NULL,
    first_event INTEGER NOT NULL,
    events INTEGER NOT NULL,
    body TEXT NOT NULL
);
CREATE INDEX journal_execution ON journal (execution, first_event);

CREATE TABLE document (
    kind TEXT NOT NULL,
    key TEXT NOT NULL,
    revision INTEGER NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (kind, key)
) WITHOUT ROWID;

CREATE TABLE log (
    execution INTEGER NOT NULL,
    number INTEGER NOT NULL,
    at INTEGER NOT NULL,
    entry INTEGER NOT NULL,
    attempt INTEGER NOT NULL,
    state TEXT NOT NULL,
    stream INTEGER NOT NULL,
    text TEXT NOT NULL,
    PRIMARY KEY (execution, number)
) WITHOUT ROWID;

CREATE VIEW executions AS
SELECT
    execution.id,
    execution.key,
    workflow.name AS workflow,
    CASE status
        WHEN 0 THEN 'RUNNING'
        WHEN 1 THEN 'SUCCEEDED'
        WHEN 2 THEN 'FAILED'
        WHEN 3 THEN 'TIMED_OUT'
        WHEN 4 THEN 'ABORTED'
        WHEN 5 THEN 'QUARANTINED'
    END AS status,
    strftime('%Y-%m-%dT%H:%M:%fZ', started / 1000.0, 'unixepoch') AS started,
    strftime('%Y-%m-%dT%H:%M:%fZ', stopped / 1000.0, 'unixepoch') AS stopped,
    strftime('%Y-%m-%dT%H:%M:%fZ', wake_at / 1000.0, 'unixepoch') AS wake_at,
    revision,
    start,
    image,
    outcome
FROM execution
JOIN workflow ON workflow.id = execution.workflow;
