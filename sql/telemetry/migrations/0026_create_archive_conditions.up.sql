-- What brings an archived issue back; without a row any later occurrence does. returned_at: the occurrence that did.
CREATE TABLE archive_conditions (
  project_id BLOB NOT NULL CHECK (length(project_id) = 16),
  exception_hash TEXT NOT NULL,
  archived_at INTEGER NOT NULL,
  until_kind TEXT NOT NULL CHECK (until_kind IN ('events', 'days', 'version')),
  until_value INTEGER NOT NULL,
  seen INTEGER NOT NULL DEFAULT 0,
  returned_at INTEGER,
  PRIMARY KEY (project_id, exception_hash)
) STRICT, WITHOUT ROWID;
