-- What the connections lock that write parts of a large commit: a row each, as several that share one make the database
-- keep lists of who locks it. Whoever raises the epoch, of any release, changes these rows with it and so waits for all parts.
CREATE TABLE fence_lane (
    lane INT PRIMARY KEY,
    epoch BIGINT NOT NULL REFERENCES fence (epoch) ON UPDATE CASCADE
);
INSERT INTO fence_lane (lane, epoch) SELECT lane, epoch FROM fence, (VALUES (1), (2), (3)) AS lanes (lane);
