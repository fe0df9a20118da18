-- Issues put aside. A later occurrence than archived_at brings one back by itself.
CREATE TABLE archived_exceptions (
  project_id BLOB NOT NULL CHECK (length(project_id) = 16),
  exception_hash TEXT NOT NULL,
  archived_at INTEGER NOT NULL,
  archived_by TEXT NOT NULL DEFAULT '',
  PRIMARY KEY (project_id, exception_hash)
) STRICT, WITHOUT ROWID;
