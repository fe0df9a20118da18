CREATE INDEX session_recordings_recorded_at ON session_recordings (project_id, recorded_at);
