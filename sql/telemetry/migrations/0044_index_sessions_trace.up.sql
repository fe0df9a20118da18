CREATE INDEX sessions_trace ON sessions (project_id, trace_id)
WHERE trace_id IS NOT NULL;
