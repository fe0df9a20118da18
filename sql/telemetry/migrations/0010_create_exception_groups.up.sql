-- Issues: kept in step with exceptions in the ingest transaction.
CREATE TABLE exception_groups (
  project_id BLOB NOT NULL,
  exception_hash TEXT NOT NULL,
  first_line TEXT NOT NULL,
  sample_id BLOB NOT NULL,
  grouping_version INTEGER NOT NULL,
  is_message INTEGER NOT NULL,
  first_seen INTEGER NOT NULL,
  last_seen INTEGER NOT NULL,
  count INTEGER NOT NULL,
  PRIMARY KEY (project_id, exception_hash)
) STRICT, WITHOUT ROWID
