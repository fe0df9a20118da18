-- What the series of a block are: names and tags (part 2); part_id = block_id * 4 + part.
CREATE TABLE metric_cold (
  part_id INTEGER PRIMARY KEY,
  data BLOB NOT NULL
) STRICT;
