-- Large values, each once for an execution that refers to it: a body of one of its rows that begins with
-- a blank holds references, {"blob":"…"}, instead of them. An older release cannot read such bodies.
CREATE TABLE large_value (
    execution BIGINT NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    body BYTEA NOT NULL,
    PRIMARY KEY (execution, name)
);
