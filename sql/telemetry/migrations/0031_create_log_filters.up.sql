-- Which trace ids a block of log records may hold: a list of hashes, or a Bloom filter.
CREATE TABLE log_filters (
  block_id INTEGER PRIMARY KEY,
  data BLOB NOT NULL
) STRICT;
