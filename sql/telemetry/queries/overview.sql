-- Overview: how many exceptions came, and when.

-- name: exceptions_between
-- params: project_id, from_time, to_time
SELECT count(*) AS count
FROM exception_stack_traces
WHERE project_id = :project_id AND recorded_at BETWEEN :from_time AND :to_time;

-- name: exceptions_ever
-- params: project_id
SELECT coalesce(sum(count), 0) AS count, coalesce(min(first_seen), 0) AS first_seen,
  coalesce(max(last_seen), 0) AS last_seen
FROM exception_groups
WHERE project_id = :project_id;
