CREATE INDEX exceptions_by_trace ON exceptions (project_id, trace_id)
