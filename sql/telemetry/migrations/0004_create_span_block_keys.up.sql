CREATE TABLE span_block_keys (
  block_id INTEGER PRIMARY KEY,
  data BLOB NOT NULL
) STRICT
