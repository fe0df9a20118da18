CREATE INDEX exception_stack_traces_recording ON exception_stack_traces (project_id, session_recording_id)
WHERE session_recording_id <> '';
