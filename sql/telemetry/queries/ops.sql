-- Ops: what the health page shows of the store as a whole.

-- name: trace_count
-- params:
SELECT coalesce(sum(endpoint_count + task_count), 0) AS trace_count
FROM span_blocks;
