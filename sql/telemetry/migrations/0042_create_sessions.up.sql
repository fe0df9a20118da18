-- One row per visit. heard_at: when this server last heard of it, its segments included. last_segment_end: of its
-- recordings, by the client's clock where that is known.
CREATE TABLE sessions (
  row_id INTEGER PRIMARY KEY,
  project_id BLOB NOT NULL CHECK (length(project_id) = 16),
  id BLOB NOT NULL CHECK (length(id) = 16),
  started_at INTEGER NOT NULL,
  ended_at INTEGER,
  duration INTEGER NOT NULL DEFAULT 0,
  client_ip TEXT NOT NULL DEFAULT '',
  attributes TEXT NOT NULL DEFAULT '{}',
  app_version TEXT NOT NULL DEFAULT '',
  server_name TEXT NOT NULL DEFAULT '',
  trace_id BLOB,
  heard_at INTEGER NOT NULL,
  last_segment_end INTEGER,
  UNIQUE (project_id, id)
) STRICT;
