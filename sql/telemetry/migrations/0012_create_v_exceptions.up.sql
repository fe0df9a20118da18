-- For people: ids as hex, times as text.
CREATE VIEW v_exceptions AS
SELECT lower(hex(project_id)) AS project_id,
       lower(hex(exception_id)) AS exception_id,
       lower(hex(trace_id)) AS trace_id,
       lower(hex(span_id)) AS span_id,
       trace_type,
       exception_hash,
       strftime('%Y-%m-%dT%H:%M:%fZ', recorded_at / 1e9, 'unixepoch') AS recorded_at,
       app_version,
       server_name,
       is_message
FROM exceptions
