-- One row per occurrence of an exception or message. Absent ids are NULL; span ids have 8 or 16 bytes.
CREATE TABLE exception_stack_traces (
  row_id INTEGER PRIMARY KEY,
  project_id BLOB NOT NULL CHECK (length(project_id) = 16),
  id BLOB NOT NULL CHECK (length(id) = 16),
  trace_id BLOB,
  span_id BLOB,
  linked_trace_id BLOB,
  trace_type TEXT NOT NULL,
  exception_hash TEXT NOT NULL,
  stack_text_id INTEGER NOT NULL,
  recorded_at INTEGER NOT NULL,
  attributes TEXT NOT NULL DEFAULT '{}',
  app_version TEXT NOT NULL DEFAULT '',
  server_name TEXT NOT NULL DEFAULT '',
  is_message INTEGER NOT NULL DEFAULT 0 CHECK (is_message IN (0, 1)),
  session_id BLOB,
  UNIQUE (project_id, id)
) STRICT;
