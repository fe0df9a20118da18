CREATE INDEX session_recordings_exception ON session_recordings (project_id, exception_id)
WHERE exception_id IS NOT NULL;
