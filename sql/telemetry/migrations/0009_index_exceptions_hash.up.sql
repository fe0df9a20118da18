CREATE INDEX exceptions_by_hash ON exceptions (project_id, exception_hash, recorded_at)
