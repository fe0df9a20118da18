-- One row a block: many spans of one project from one commit. Narrow, so that one sequential read brings all of a
-- project's blocks in; what a scan and a page need lies in the tables beside it.
CREATE TABLE span_blocks (
  id INTEGER PRIMARY KEY,
  project_id BLOB NOT NULL,
  row_count INTEGER NOT NULL,
  endpoint_count INTEGER NOT NULL,
  task_count INTEGER NOT NULL,
  root_count INTEGER NOT NULL,
  min_recorded_at INTEGER NOT NULL,
  max_recorded_at INTEGER NOT NULL
) STRICT
