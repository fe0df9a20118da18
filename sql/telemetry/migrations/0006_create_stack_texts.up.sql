-- Stack texts, once per distinct text, zstd.
CREATE TABLE stack_texts (
  id INTEGER PRIMARY KEY,
  content_hash BLOB NOT NULL UNIQUE,
  text BLOB NOT NULL
) STRICT
