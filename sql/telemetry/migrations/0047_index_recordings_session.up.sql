CREATE INDEX session_recordings_session ON session_recordings (project_id, session_id, segment_index)
WHERE session_id IS NOT NULL;
