-- The name by which a recording that comes later finds its exception; empty: none was announced.
ALTER TABLE exception_stack_traces ADD COLUMN session_recording_id TEXT NOT NULL DEFAULT '';
