-- What is known about a metric beside its points. Entries appear with the first point of a name; later points change nothing.
CREATE TABLE metric_registry (
  id INTEGER PRIMARY KEY,
  project_id BLOB NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
  name TEXT NOT NULL,
  metric_type TEXT NOT NULL DEFAULT 'gauge' CHECK (metric_type IN ('gauge', 'counter', 'delta')),
  unit TEXT NOT NULL DEFAULT '',
  description TEXT NOT NULL DEFAULT '',
  created_at INTEGER NOT NULL,
  UNIQUE (project_id, name)
) STRICT;
