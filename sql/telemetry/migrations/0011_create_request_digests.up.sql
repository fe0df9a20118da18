-- What was stored in the last 15 minutes, so that a repeat is recognised, after kill -9 too.
CREATE TABLE request_digests (
  id INTEGER PRIMARY KEY,
  digest BLOB NOT NULL,
  received_at INTEGER NOT NULL
) STRICT
