-- Every distinct stack text of a project once, as a zstd frame.
CREATE TABLE stack_texts (
  id INTEGER PRIMARY KEY,
  project_id BLOB NOT NULL CHECK (length(project_id) = 16),
  content_hash BLOB NOT NULL CHECK (length(content_hash) = 16),
  size INTEGER NOT NULL,
  data BLOB NOT NULL,
  UNIQUE (project_id, content_hash)
) STRICT;
