-- One narrow row per block of log records, clustered by project. Times are those of timestamp. Records of a project are
-- numbered from 1 on; `severities` has bit n when there is a record of severity n.
CREATE TABLE log_blocks (
  project_id BLOB NOT NULL CHECK (length(project_id) = 16),
  block_id INTEGER NOT NULL,
  format INTEGER NOT NULL,
  row_count INTEGER NOT NULL,
  chunk_count INTEGER NOT NULL,
  error_count INTEGER NOT NULL,
  min_time INTEGER NOT NULL,
  max_time INTEGER NOT NULL,
  first_number INTEGER NOT NULL,
  last_number INTEGER NOT NULL,
  severities INTEGER NOT NULL,
  PRIMARY KEY (project_id, block_id)
) STRICT, WITHOUT ROWID;
