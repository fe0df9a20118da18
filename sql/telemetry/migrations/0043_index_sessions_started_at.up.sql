CREATE INDEX sessions_started_at ON sessions (project_id, started_at);
