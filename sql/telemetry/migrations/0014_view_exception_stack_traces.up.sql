CREATE VIEW v_exception_stack_traces AS
SELECT lower(hex(project_id)) AS project_id, lower(hex(id)) AS id, lower(hex(trace_id)) AS trace_id,
  lower(hex(span_id)) AS span_id, lower(hex(linked_trace_id)) AS linked_trace_id, trace_type, exception_hash,
  stack_text_id, datetime(recorded_at / 1000000000, 'unixepoch') AS recorded_at, attributes, app_version, server_name,
  is_message, lower(hex(session_id)) AS session_id
FROM exception_stack_traces;
