-- Executions can be listed by the version and by the alias of their workflow as well, whose names
-- are kept with those of workflows. Most have neither.
ALTER TABLE execution ADD COLUMN version INTEGER;
ALTER TABLE execution ADD COLUMN alias INTEGER;
CREATE INDEX execution_version ON execution (version) WHERE version IS NOT NULL;
CREATE INDEX execution_alias ON execution (alias) WHERE alias IS NOT NULL;
