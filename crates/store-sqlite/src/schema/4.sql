-- Listings show the latest change first: closed executions by their end, open ones by their start or
-- redrive. Every index that a listing goes by ends with that.
ALTER TABLE execution ADD COLUMN changed INTEGER
    GENERATED ALWAYS AS (coalesce(stopped, redriven, started)) VIRTUAL;
DROP INDEX execution_workflow;
DROP INDEX execution_status;
DROP INDEX execution_workflow_status;
DROP INDEX execution_version;
DROP INDEX execution_alias;
CREATE INDEX execution_changed ON execution (changed);
CREATE INDEX execution_workflow ON execution (workflow, changed);
CREATE INDEX execution_version ON execution (version, changed) WHERE version IS NOT NULL;
CREATE INDEX execution_alias ON execution (alias, changed) WHERE alias IS NOT NULL;
-- Succeeded executions are most of all, and found fast enough without.
CREATE INDEX execution_status ON execution (status, changed) WHERE status <> 1;
CREATE INDEX execution_workflow_status ON execution (workflow, status, changed) WHERE status <> 1;
