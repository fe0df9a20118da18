-- Which tokens the bodies of a block may hold, a filter per chunk.
CREATE TABLE log_tokens (
  block_id INTEGER PRIMARY KEY,
  data BLOB NOT NULL
) STRICT;
