-- Seals: of each row of a journal and of the row before it, of the last row of a journal with its execution, and
-- of images. What an older release wrote has none.
ALTER TABLE journal ADD COLUMN before INTEGER;
ALTER TABLE journal ADD COLUMN seal INTEGER;
ALTER TABLE execution ADD COLUMN seal INTEGER;
ALTER TABLE execution ADD COLUMN image_seal INTEGER;
