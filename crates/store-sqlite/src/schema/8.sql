-- An image need not be written with each turn. `reach` is the last row of the journal that the image
-- holds; without one the image stands in its row and holds everything. A large image stands apart,
-- so that turns which leave it as it is do not write it again. Its parts are read one after another.
ALTER TABLE execution ADD COLUMN reach INTEGER;
CREATE TABLE image (
    execution INTEGER NOT NULL,
    part INTEGER NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (execution, part)
);
CREATE TRIGGER image_goes_with_its_execution AFTER DELETE ON execution BEGIN
    DELETE FROM image WHERE execution = old.id;
END;
