-- The digests of the requests of one commit, 16 bytes each, so that a repeat is recognised after a restart.
CREATE TABLE request_digests (
  id INTEGER PRIMARY KEY,
  committed_at INTEGER NOT NULL,
  digests BLOB NOT NULL CHECK (length(digests) % 16 = 0)
) STRICT;
