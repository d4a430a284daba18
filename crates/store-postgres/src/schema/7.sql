-- Parts of a commit are written beside each other, in transactions that only share the row. With this index whoever
-- raises the epoch, of any release, waits for all of them.
CREATE UNIQUE INDEX fence_epoch ON fence (epoch);
