-- One narrow row per block: what a question needs to know before it reads the block itself. Clustered by project, so
-- that one sequential read brings a project's blocks in. Times are those of recorded_at.
CREATE TABLE span_blocks (
  project_id BLOB NOT NULL CHECK (length(project_id) = 16),
  block_id INTEGER NOT NULL,
  format INTEGER NOT NULL,
  row_count INTEGER NOT NULL,
  chunk_count INTEGER NOT NULL,
  endpoint_count INTEGER NOT NULL,
  task_count INTEGER NOT NULL,
  error_count INTEGER NOT NULL,
  min_time INTEGER NOT NULL,
  max_time INTEGER NOT NULL,
  min_duration INTEGER NOT NULL,
  max_duration INTEGER NOT NULL,
  PRIMARY KEY (project_id, block_id)
) STRICT, WITHOUT ROWID;
