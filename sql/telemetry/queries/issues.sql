-- Issues: exceptions grouped by hash, their occurrences and what was archived.

-- name: groups
-- params: project_id, from_time, to_time, is_message, first_hour, end_hour, head_end, tail_start
-- Whole hours of the range come from the counts per hour, what lies at its edges from the rows.
SELECT g.exception_hash, g.type, g.first_line, g.is_message, g.first_seen AS ever_first_seen,
  g.last_seen AS ever_last_seen, a.archived_at,
  (SELECT min(e.recorded_at) FROM exception_stack_traces e
   WHERE e.project_id = g.project_id AND e.exception_hash = g.exception_hash
     AND e.recorded_at BETWEEN :from_time AND :to_time) AS first_seen,
  (SELECT max(e.recorded_at) FROM exception_stack_traces e
   WHERE e.project_id = g.project_id AND e.exception_hash = g.exception_hash
     AND e.recorded_at BETWEEN :from_time AND :to_time) AS last_seen,
  (SELECT coalesce(sum(h.count), 0) FROM exception_hours h
   WHERE h.project_id = g.project_id AND h.exception_hash = g.exception_hash
     AND h.hour >= :first_hour AND h.hour < :end_hour)
  + (SELECT count(*) FROM exception_stack_traces e
     WHERE e.project_id = g.project_id AND e.exception_hash = g.exception_hash
       AND e.recorded_at BETWEEN :from_time AND :head_end)
  + (SELECT count(*) FROM exception_stack_traces e
     WHERE e.project_id = g.project_id AND e.exception_hash = g.exception_hash
       AND e.recorded_at BETWEEN :tail_start AND :to_time) AS count
FROM exception_groups g
LEFT JOIN archived_exceptions a ON a.project_id = g.project_id AND a.exception_hash = g.exception_hash
WHERE g.project_id = :project_id AND g.last_seen >= :from_time AND g.first_seen <= :to_time
  AND (:is_message IS NULL OR g.is_message = :is_message)
LIMIT 100000;

-- name: matching_groups
-- params: project_id, from_time, to_time, is_message, search
-- Every distinct stack text is searched once, however often it occurred.
WITH texts AS MATERIALIZED (
  SELECT id FROM stack_texts WHERE project_id = :project_id AND stack_contains(data, :search)
),
hits AS (
  SELECT exception_hash, count(*) AS count, min(recorded_at) AS first_seen, max(recorded_at) AS last_seen
  FROM exception_stack_traces
  WHERE project_id = :project_id AND recorded_at BETWEEN :from_time AND :to_time
    AND stack_text_id IN (SELECT id FROM texts) AND (:is_message IS NULL OR is_message = :is_message)
  GROUP BY exception_hash
)
SELECT g.exception_hash, g.type, g.first_line, g.is_message, g.first_seen AS ever_first_seen,
  g.last_seen AS ever_last_seen, a.archived_at, hits.first_seen, hits.last_seen, hits.count
FROM hits
JOIN exception_groups g ON g.project_id = :project_id AND g.exception_hash = hits.exception_hash
LEFT JOIN archived_exceptions a ON a.project_id = g.project_id AND a.exception_hash = g.exception_hash
LIMIT 100000;

-- name: group
-- params: project_id, exception_hash
SELECT g.exception_hash, g.type, g.first_line, g.is_message, g.first_seen AS ever_first_seen,
  g.last_seen AS ever_last_seen, a.archived_at, g.first_seen, g.last_seen, g.count
FROM exception_groups g
LEFT JOIN archived_exceptions a ON a.project_id = g.project_id AND a.exception_hash = g.exception_hash
WHERE g.project_id = :project_id AND g.exception_hash = :exception_hash;

-- name: newest_text
-- params: project_id, exception_hash, from_time, to_time
SELECT s.data AS stack_data
FROM exception_stack_traces e
JOIN stack_texts s ON s.id = e.stack_text_id
WHERE e.project_id = :project_id AND e.exception_hash = :exception_hash
  AND e.recorded_at BETWEEN :from_time AND :to_time
ORDER BY e.recorded_at DESC, e.row_id DESC
LIMIT 1;

-- name: hours
-- params: project_id, exception_hash, from_time, from_hour
-- From a moment on, the hour of that moment only in part.
SELECT hour * 3600000000000 AS timestamp, count
FROM exception_hours
WHERE project_id = :project_id AND exception_hash = :exception_hash AND hour > :from_hour
UNION ALL
SELECT :from_hour * 3600000000000, count(*)
FROM exception_stack_traces
WHERE project_id = :project_id AND exception_hash = :exception_hash
  AND recorded_at >= :from_time AND recorded_at < (:from_hour + 1) * 3600000000000
HAVING count(*) > 0
ORDER BY 1;

-- name: occurrences
-- params: project_id, exception_hash, limit, offset
SELECT e.id, e.trace_id, e.span_id, e.linked_trace_id, e.trace_type, e.exception_hash, s.data AS stack_data,
  e.recorded_at, e.attributes, e.app_version, e.server_name, e.is_message, e.session_id
FROM exception_stack_traces e
JOIN stack_texts s ON s.id = e.stack_text_id
WHERE e.project_id = :project_id AND e.exception_hash = :exception_hash
ORDER BY e.recorded_at DESC, e.row_id DESC
LIMIT :limit OFFSET :offset;

-- name: occurrence
-- params: project_id, id
SELECT e.id, e.trace_id, e.span_id, e.linked_trace_id, e.trace_type, e.exception_hash, s.data AS stack_data,
  e.recorded_at, e.attributes, e.app_version, e.server_name, e.is_message, e.session_id
FROM exception_stack_traces e
JOIN stack_texts s ON s.id = e.stack_text_id
WHERE e.project_id = :project_id AND e.id = :id;
