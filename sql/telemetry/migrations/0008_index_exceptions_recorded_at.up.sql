CREATE INDEX exception_stack_traces_recorded_at ON exception_stack_traces (project_id, recorded_at);
