-- How often an execution was redriven, and when last.
ALTER TABLE execution ADD COLUMN redrives INTEGER NOT NULL DEFAULT 0;
ALTER TABLE execution ADD COLUMN redriven INTEGER;
