-- One row per issue: what the occurrences of one grouping hash have in common, kept up to date by the writer.
CREATE TABLE exception_groups (
  project_id BLOB NOT NULL CHECK (length(project_id) = 16),
  exception_hash TEXT NOT NULL,
  type TEXT NOT NULL,
  first_line TEXT NOT NULL,
  sample_id BLOB NOT NULL CHECK (length(sample_id) = 16),
  first_seen INTEGER NOT NULL,
  last_seen INTEGER NOT NULL,
  count INTEGER NOT NULL,
  is_message INTEGER NOT NULL CHECK (is_message IN (0, 1)),
  grouping_version INTEGER NOT NULL,
  PRIMARY KEY (project_id, exception_hash)
) STRICT, WITHOUT ROWID;
