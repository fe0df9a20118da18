-- Which metrics a block may hold points of: a list of hashes of their names, or a Bloom filter.
CREATE TABLE metric_filters (
  block_id INTEGER PRIMARY KEY,
  data BLOB NOT NULL
) STRICT;
