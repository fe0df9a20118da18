-- A search finds stack texts; this finds where they occurred without reading the rows.
CREATE INDEX exception_stack_traces_text ON exception_stack_traces
  (project_id, stack_text_id, recorded_at, exception_hash, user_id);
