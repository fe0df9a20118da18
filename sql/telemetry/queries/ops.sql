-- name: trace_count
-- params:
-- Root spans: a trace has one, and blocks count theirs.
SELECT coalesce(sum(root_count), 0) AS trace_count FROM span_blocks;
