-- Several nodes share the tables. The owner is named beside the epoch; only it raises it.
ALTER TABLE fence ADD COLUMN owner TEXT COLLATE "C";

-- Those that take part, each with its lease.
CREATE TABLE node (
    id TEXT COLLATE "C" PRIMARY KEY,
    address TEXT NOT NULL,
    host TEXT NOT NULL,
    build TEXT NOT NULL,
    joined TIMESTAMPTZ NOT NULL,
    lease_until TIMESTAMPTZ NOT NULL
);

-- What must be the same for all of them, as the first one said it.
CREATE TABLE agreed (
    name TEXT COLLATE "C" PRIMARY KEY,
    value TEXT NOT NULL
);
