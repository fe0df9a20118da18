-- When each version of an application was first seen with an exception: what "the next version" is.
CREATE TABLE exception_versions (
  project_id BLOB NOT NULL CHECK (length(project_id) = 16),
  app_version TEXT NOT NULL,
  first_seen INTEGER NOT NULL,
  PRIMARY KEY (project_id, app_version)
) STRICT, WITHOUT ROWID;
