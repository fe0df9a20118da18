-- Sessions: visits of people, what they recorded and what went wrong.

-- name: matching
-- params: project_id, from_time, to_time, search, has_recording, has_exception, columns, attributes
-- Newest first, with the figures that a list can be ordered by.
SELECT s.row_id, s.started_at, s.ended_at, s.last_segment_end, s.heard_at
FROM sessions s
WHERE s.project_id = :project_id AND s.started_at BETWEEN :from_time AND :to_time
  AND (:search = '' OR instr(lower(s.client_ip), lower(:search)) > 0 OR EXISTS (
    SELECT 1 FROM json_each(s.attributes) a WHERE instr(lower(a.value), lower(:search)) > 0))
  AND NOT EXISTS (
    SELECT 1 FROM json_each(:columns) w WHERE w.value ->> '$.value' <> CASE w.value ->> '$.key'
      WHEN 'version' THEN s.app_version WHEN 'server' THEN s.server_name ELSE s.client_ip END)
  AND NOT EXISTS (
    SELECT 1 FROM json_each(:attributes) w WHERE NOT EXISTS (
      SELECT 1 FROM json_each(s.attributes) h
      WHERE h.key = w.value ->> '$.key' AND h.value = w.value ->> '$.value'))
  AND (:has_recording IS NULL OR :has_recording = EXISTS (
    SELECT 1 FROM session_recordings r WHERE r.project_id = s.project_id AND r.session_id = s.id))
  AND (:has_exception IS NULL OR :has_exception = EXISTS (
    SELECT 1 FROM exception_stack_traces e
    WHERE e.project_id = s.project_id AND e.session_id = s.id AND e.is_message = 0))
ORDER BY s.started_at DESC, s.row_id DESC
LIMIT 100000;

-- name: rows
-- params: project_id, rows
-- In the order of the list of row ids.
SELECT s.id, s.started_at, s.ended_at, s.last_segment_end, s.heard_at, s.client_ip, s.attributes, s.app_version,
  s.server_name, s.trace_id,
  (SELECT count(*) FROM session_recordings r WHERE r.project_id = s.project_id AND r.session_id = s.id) AS segments,
  (SELECT coalesce(sum(r.file_bytes), 0) FROM session_recordings r
   WHERE r.project_id = s.project_id AND r.session_id = s.id) AS recording_bytes,
  (SELECT count(*) FROM exception_stack_traces e
   WHERE e.project_id = s.project_id AND e.session_id = s.id AND e.is_message = 0) AS exceptions,
  (SELECT count(*) FROM exception_stack_traces e
   WHERE e.project_id = s.project_id AND e.session_id = s.id AND e.is_message = 1) AS messages
FROM json_each(:rows) l
CROSS JOIN sessions s
WHERE s.row_id = l.value AND s.project_id = :project_id
ORDER BY l.key;

-- name: row_of
-- params: project_id, id
SELECT row_id
FROM sessions
WHERE project_id = :project_id AND id = :id;

-- name: segments
-- params: project_id, session_id
SELECT segment_index, file_path, file_bytes, started_at, ended_at, recorded_at
FROM session_recordings
WHERE project_id = :project_id AND session_id = :session_id
ORDER BY segment_index
LIMIT 1000;

-- name: exceptions
-- params: project_id, session_id
SELECT e.id, e.exception_hash, coalesce(g.type, '') AS type, coalesce(g.first_line, '') AS first_line, e.recorded_at,
  e.is_message, EXISTS (
    SELECT 1 FROM session_recordings r WHERE r.project_id = e.project_id AND r.exception_id = e.id) AS has_recording
FROM exception_stack_traces e
LEFT JOIN exception_groups g ON g.project_id = e.project_id AND g.exception_hash = e.exception_hash
WHERE e.project_id = :project_id AND e.session_id = :session_id
ORDER BY e.recorded_at, e.row_id
LIMIT 1000;
