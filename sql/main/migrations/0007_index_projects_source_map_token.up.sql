-- Most projects have none; two can never share one.
CREATE UNIQUE INDEX projects_source_map_token ON projects (source_map_token)
WHERE source_map_token IS NOT NULL;
