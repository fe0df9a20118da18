-- The endpoint or task it happened in, when the run was reported together with it.
ALTER TABLE exception_stack_traces ADD COLUMN run_name TEXT NOT NULL DEFAULT '';
