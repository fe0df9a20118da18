CREATE TABLE slow_endpoints (
  project_id BLOB NOT NULL CHECK (length(project_id) = 16),
  endpoint TEXT NOT NULL,
  offset_ms INTEGER NOT NULL CHECK (offset_ms >= 0),
  reason TEXT NOT NULL DEFAULT '',
  PRIMARY KEY (project_id, endpoint)
) STRICT, WITHOUT ROWID;
