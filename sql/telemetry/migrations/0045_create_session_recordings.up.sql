-- One row per file of recorded events: a segment of a session, or what led to one exception. file_path: its key in the
-- blob store.
CREATE TABLE session_recordings (
  row_id INTEGER PRIMARY KEY,
  project_id BLOB NOT NULL CHECK (length(project_id) = 16),
  id BLOB NOT NULL CHECK (length(id) = 16),
  exception_id BLOB,
  session_id BLOB,
  segment_index INTEGER NOT NULL DEFAULT 0,
  file_path TEXT NOT NULL,
  file_bytes INTEGER NOT NULL,
  recorded_at INTEGER NOT NULL,
  started_at INTEGER,
  ended_at INTEGER,
  UNIQUE (project_id, file_path)
) STRICT;
