-- Tasks: which runs failed. The runs themselves rest in blocks.

-- name: failed_runs
-- params: project_id, from_time, to_time, most
SELECT DISTINCT trace_id, span_id
FROM exception_stack_traces
WHERE project_id = :project_id AND recorded_at BETWEEN :from_time AND :to_time AND trace_type = 'task'
  AND is_message = 0 AND span_id IS NOT NULL
LIMIT :most;
