-- Hot columns of a block: what filters, groups and measures read. keys: sorted hashes of trace and entity ids.
CREATE TABLE span_block_hot (
  block_id INTEGER PRIMARY KEY,
  data BLOB NOT NULL
) STRICT
