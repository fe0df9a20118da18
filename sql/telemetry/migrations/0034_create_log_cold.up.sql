-- The other columns of a block in three parts of their own (1 ids, 2 attributes, 3 bodies); part_id = block_id * 4 + part.
CREATE TABLE log_cold (
  part_id INTEGER PRIMARY KEY,
  data BLOB NOT NULL
) STRICT;
