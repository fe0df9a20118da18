CREATE INDEX span_blocks_by_time ON span_blocks (project_id, max_recorded_at, min_recorded_at)
