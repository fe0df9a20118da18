-- What people did to an issue, and when it came back.
CREATE TABLE issue_activity (
  project_id BLOB NOT NULL CHECK (length(project_id) = 16),
  exception_hash TEXT NOT NULL,
  at INTEGER NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('archived', 'unarchived', 'regressed')),
  done_by TEXT NOT NULL DEFAULT '',
  version TEXT NOT NULL DEFAULT '',
  until TEXT NOT NULL DEFAULT '',
  PRIMARY KEY (project_id, exception_hash, at, kind)
) STRICT, WITHOUT ROWID;
