-- healthcheck_paths is a JSON array of strings.
CREATE TABLE projects (
  id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
  organization_id INTEGER NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
  name TEXT NOT NULL,
  token TEXT NOT NULL UNIQUE,
  source_map_token TEXT,
  framework TEXT NOT NULL DEFAULT 'custom',
  drop_healthy_healthchecks INTEGER NOT NULL DEFAULT 0 CHECK (drop_healthy_healthchecks IN (0, 1)),
  healthcheck_paths TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(healthcheck_paths)),
  created_at INTEGER NOT NULL
) STRICT;
