-- Times are milliseconds since 1970. Bodies are JSON text. Names are compared byte by byte.

-- The one row that every commit locks: whoever raised the epoch last writes, all others are fenced
-- off. `next` is the number of the next new execution.
CREATE TABLE fence (
    single INT PRIMARY KEY CHECK (single = 1),
    epoch BIGINT NOT NULL,
    commits BIGINT NOT NULL,
    next BIGINT NOT NULL
);
INSERT INTO fence (single, epoch, commits, next) VALUES (1, 0, 0, 1);

-- Newer executions have greater ids. Only open ones have wake_at or owe anything. `changed` is when it
-- closed, or when an open one was started or redriven: listings go by it. `reach` is the revision
-- that the image was written with.
CREATE TABLE execution (
    id BIGINT PRIMARY KEY,
    key TEXT COLLATE "C" NOT NULL UNIQUE,
    workflow TEXT COLLATE "C" NOT NULL,
    version TEXT COLLATE "C",
    alias TEXT COLLATE "C",
    status INT NOT NULL,
    started BIGINT NOT NULL,
    stopped BIGINT,
    redrives BIGINT NOT NULL,
    redriven BIGINT,
    changed BIGINT NOT NULL,
    revision BIGINT NOT NULL,
    wake_at BIGINT,
    owes BOOLEAN NOT NULL,
    start BYTEA NOT NULL,
    image BYTEA NOT NULL,
    reach BIGINT NOT NULL,
    outcome BYTEA,
    attributes TEXT
);
CREATE INDEX execution_changed ON execution (changed, id);
CREATE INDEX execution_workflow ON execution (workflow, changed, id);
CREATE INDEX execution_version ON execution (version, changed, id) WHERE version IS NOT NULL;
CREATE INDEX execution_alias ON execution (alias, changed, id) WHERE alias IS NOT NULL;
-- Succeeded executions are most of all, and found fast enough without.
CREATE INDEX execution_status ON execution (status, changed, id) WHERE status <> 1;
CREATE INDEX execution_workflow_status ON execution (workflow, status, changed, id) WHERE status <> 1;
CREATE INDEX execution_wake_at ON execution (wake_at, id) WHERE wake_at IS NOT NULL;
CREATE INDEX execution_owes ON execution (id) WHERE owes;

-- One row a turn.
CREATE TABLE journal (
    execution BIGINT NOT NULL,
    revision BIGINT NOT NULL,
    first_event BIGINT NOT NULL,
    events BIGINT NOT NULL,
    body BYTEA NOT NULL,
    PRIMARY KEY (execution, first_event, revision)
);

CREATE TABLE document (
    kind TEXT COLLATE "C" NOT NULL,
    key TEXT COLLATE "C" NOT NULL,
    revision BIGINT NOT NULL,
    body BYTEA NOT NULL,
    PRIMARY KEY (kind, key)
);

-- What executions are searched by, a row a value. A value begins with what it is: t, n or b.
CREATE TABLE attribute (
    name TEXT COLLATE "C" NOT NULL,
    value TEXT COLLATE "C" NOT NULL,
    changed BIGINT NOT NULL,
    execution BIGINT NOT NULL,
    PRIMARY KEY (execution, name)
);
CREATE INDEX attribute_value ON attribute (name, value, changed, execution);

-- Output of tasks: many lines in one compressed row.
CREATE TABLE log_chunk (
    execution BIGINT NOT NULL,
    first BIGINT NOT NULL,
    last BIGINT NOT NULL,
    lines BYTEA NOT NULL,
    PRIMARY KEY (execution, first)
);

-- For people.
CREATE VIEW executions AS
SELECT
    id,
    key,
    workflow,
    CASE status
        WHEN 0 THEN 'RUNNING'
        WHEN 1 THEN 'SUCCEEDED'
        WHEN 2 THEN 'FAILED'
        WHEN 3 THEN 'TIMED_OUT'
        WHEN 4 THEN 'ABORTED'
        WHEN 5 THEN 'QUARANTINED'
    END AS status,
    to_timestamp(started / 1000.0) AS started,
    to_timestamp(stopped / 1000.0) AS stopped,
    to_timestamp(wake_at / 1000.0) AS wake_at,
    revision,
    convert_from(start, 'UTF8') AS start,
    convert_from(outcome, 'UTF8') AS outcome
FROM execution;
