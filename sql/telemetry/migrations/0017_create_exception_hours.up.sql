-- Occurrences of an issue per hour, kept up to date by the writer; hour = recorded_at / 3,600,000,000,000.
CREATE TABLE exception_hours (
  project_id BLOB NOT NULL CHECK (length(project_id) = 16),
  exception_hash TEXT NOT NULL,
  hour INTEGER NOT NULL,
  count INTEGER NOT NULL,
  PRIMARY KEY (project_id, exception_hash, hour)
) STRICT, WITHOUT ROWID;
