-- Which trace and entity ids a block may hold: a list of hashes, or a Bloom filter.
CREATE TABLE span_filters (
  block_id INTEGER PRIMARY KEY,
  data BLOB NOT NULL
) STRICT;
