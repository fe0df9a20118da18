-- Whom it happened to: user.id, user_id, enduser.id or user of the attributes, the first that is there.
ALTER TABLE exception_stack_traces ADD COLUMN user_id TEXT NOT NULL DEFAULT '';
