CREATE TABLE exceptions (
  id INTEGER PRIMARY KEY,
  project_id BLOB NOT NULL,
  exception_id BLOB NOT NULL,
  trace_id BLOB NOT NULL,
  span_id BLOB NOT NULL,
  linked_trace_id BLOB NOT NULL,
  trace_type TEXT NOT NULL,
  exception_hash TEXT NOT NULL,
  grouping_version INTEGER NOT NULL,
  stack_text_id INTEGER NOT NULL REFERENCES stack_texts (id),
  recorded_at INTEGER NOT NULL,
  attributes TEXT NOT NULL,
  app_version TEXT NOT NULL,
  server_name TEXT NOT NULL,
  is_message INTEGER NOT NULL,
  session_id BLOB,
  UNIQUE (project_id, exception_id)
) STRICT
