CREATE INDEX exception_stack_traces_hash ON exception_stack_traces (project_id, exception_hash, recorded_at);
