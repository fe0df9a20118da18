-- How many log records a project has ever had: the last running number that was given.
CREATE TABLE log_numbers (
  project_id BLOB PRIMARY KEY CHECK (length(project_id) = 16),
  taken INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
