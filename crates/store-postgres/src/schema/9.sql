-- Why a node takes no part although it is there. It says so itself.
ALTER TABLE node ADD COLUMN aside TEXT;
