CREATE VIEW v_session_recordings AS
SELECT lower(hex(project_id)) AS project_id, lower(hex(id)) AS id, lower(hex(exception_id)) AS exception_id,
  lower(hex(session_id)) AS session_id, segment_index, file_path, file_bytes,
  datetime(recorded_at / 1000000000, 'unixepoch') AS recorded_at
FROM session_recordings;
