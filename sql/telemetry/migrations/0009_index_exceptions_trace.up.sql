CREATE INDEX exception_stack_traces_trace ON exception_stack_traces (project_id, trace_id, recorded_at)
WHERE trace_id IS NOT NULL;
