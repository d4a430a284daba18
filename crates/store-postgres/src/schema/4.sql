-- Executions that are gone, and whose journals and logs go a few rows at a time.
CREATE TABLE removal (execution BIGINT PRIMARY KEY);
