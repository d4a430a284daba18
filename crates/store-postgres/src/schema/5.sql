-- Seals: of each row of a journal and of the row before it, of the last row of a journal with its execution, and
-- of images. What an older release wrote has none.
ALTER TABLE journal ADD COLUMN before BIGINT;
ALTER TABLE journal ADD COLUMN seal BIGINT;
ALTER TABLE execution ADD COLUMN seal BIGINT;
ALTER TABLE execution ADD COLUMN image_seal BIGINT;
