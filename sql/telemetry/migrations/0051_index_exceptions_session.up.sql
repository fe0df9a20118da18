CREATE INDEX exception_stack_traces_session ON exception_stack_traces (project_id, session_id, recorded_at)
WHERE session_id IS NOT NULL;
