-- Sessions and recordings as they arrive, and the files that belong to them.

-- name: upsert_session
-- params: project_id, id, started_at, ended_at, duration, client_ip, attributes, has_attributes, app_version, server_name, trace_id, heard_at
-- What a repeat does not say stays as it was. Segments may have come first.
INSERT INTO sessions (project_id, id, started_at, ended_at, duration, client_ip, attributes, app_version, server_name,
  trace_id, heard_at, last_segment_end)
VALUES (:project_id, :id, :started_at, :ended_at, :duration, :client_ip, :attributes, :app_version, :server_name,
  :trace_id, :heard_at, (SELECT max(coalesce(r.ended_at, r.recorded_at)) FROM session_recordings r
    WHERE r.project_id = :project_id AND r.session_id = :id))
ON CONFLICT (project_id, id) DO UPDATE SET
  ended_at = coalesce(excluded.ended_at, ended_at),
  duration = CASE WHEN excluded.duration > 0 THEN excluded.duration ELSE duration END,
  attributes = CASE WHEN :has_attributes THEN excluded.attributes ELSE attributes END,
  app_version = CASE WHEN excluded.app_version <> '' THEN excluded.app_version ELSE app_version END,
  server_name = CASE WHEN excluded.server_name <> '' THEN excluded.server_name ELSE server_name END,
  trace_id = coalesce(excluded.trace_id, trace_id),
  heard_at = max(heard_at, excluded.heard_at);

-- name: upsert
-- params: project_id, id, exception_id, session_id, segment_index, file_path, file_bytes, recorded_at, started_at, ended_at
-- A repeat has replaced the file: its row stays the one it was.
INSERT INTO session_recordings (project_id, id, exception_id, session_id, segment_index, file_path, file_bytes,
  recorded_at, started_at, ended_at)
VALUES (:project_id, :id, :exception_id, :session_id, :segment_index, :file_path, :file_bytes, :recorded_at, :started_at,
  :ended_at)
ON CONFLICT (project_id, file_path) DO UPDATE SET
  exception_id = coalesce(excluded.exception_id, exception_id),
  file_bytes = excluded.file_bytes,
  started_at = coalesce(excluded.started_at, started_at),
  ended_at = coalesce(excluded.ended_at, ended_at);

-- name: note_segment
-- params: project_id, session_id, recorded_at, ended_at
UPDATE sessions SET
  heard_at = max(heard_at, :recorded_at),
  last_segment_end = max(coalesce(last_segment_end, 0), coalesce(:ended_at, :recorded_at))
WHERE project_id = :project_id AND id = :session_id;

-- name: exception_of_key
-- params: project_id, session_recording_id
-- The exception that announced a recording of this name.
SELECT id
FROM exception_stack_traces
WHERE project_id = :project_id AND session_recording_id = :session_recording_id AND session_recording_id <> ''
ORDER BY row_id DESC
LIMIT 1;

-- name: of_exception
-- params: project_id, exception_id
SELECT segment_index, file_path, file_bytes, started_at, ended_at, recorded_at
FROM session_recordings
WHERE project_id = :project_id AND exception_id = :exception_id
ORDER BY recorded_at DESC, row_id DESC
LIMIT 1;

-- name: known_files
-- params: project_id, file_paths
-- Which of these files a row names.
SELECT r.file_path
FROM json_each(:file_paths) f
JOIN session_recordings r ON r.project_id = :project_id AND r.file_path = f.value;

-- name: projects
-- Whoever has sessions or recordings.
SELECT project_id FROM sessions
UNION
SELECT project_id FROM session_recordings;

-- name: count_old
-- params: project_id, before
SELECT (SELECT count(*) FROM session_recordings r WHERE r.project_id = :project_id AND r.recorded_at < :before)
  + (SELECT count(*) FROM sessions s WHERE s.project_id = :project_id AND s.started_at < :before) AS old;

-- name: delete_old
-- params: project_id, before
DELETE FROM session_recordings
WHERE row_id IN (
  SELECT row_id FROM session_recordings
  WHERE project_id = :project_id AND recorded_at < :before
  ORDER BY recorded_at
  LIMIT 500);

-- name: delete_old_sessions
-- params: project_id, before
DELETE FROM sessions
WHERE row_id IN (
  SELECT row_id FROM sessions
  WHERE project_id = :project_id AND started_at < :before
  ORDER BY started_at
  LIMIT 500);
