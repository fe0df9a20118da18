-- Counts, trends and distinct users of an issue are read from the index alone.
CREATE INDEX exception_stack_traces_hash ON exception_stack_traces (project_id, exception_hash, recorded_at, user_id);
