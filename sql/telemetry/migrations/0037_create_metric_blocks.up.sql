-- One narrow row per block of metric points, clustered by project. Times are those of recorded_at.
CREATE TABLE metric_blocks (
  project_id BLOB NOT NULL CHECK (length(project_id) = 16),
  block_id INTEGER NOT NULL,
  format INTEGER NOT NULL,
  row_count INTEGER NOT NULL,
  chunk_count INTEGER NOT NULL,
  min_time INTEGER NOT NULL,
  max_time INTEGER NOT NULL,
  PRIMARY KEY (project_id, block_id)
) STRICT, WITHOUT ROWID;
