-- Cold columns, a row a chunk (one request's spans), so that a page reads only the chunks its rows are in.
-- id = block_id * 65536 + position of the chunk in its block.
CREATE TABLE span_chunk_cold (
  id INTEGER PRIMARY KEY,
  data BLOB NOT NULL
) STRICT
