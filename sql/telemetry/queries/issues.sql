-- Issues: exceptions grouped by hash, their occurrences and what was archived.

-- name: groups
-- params: project_id, from_time, to_time, is_message, first_hour, end_hour, head_end, tail_start
-- A group that lies inside the range answers by itself. Of the others, whole hours come from the counts per hour, what
-- lies at the range's edges from the rows.
SELECT g.exception_hash, g.type, g.first_line, g.is_message, g.first_seen AS ever_first_seen, a.archived_at,
  c.until_kind, c.returned_at,
  CASE WHEN g.first_seen >= :from_time THEN g.first_seen ELSE (
    SELECT min(e.recorded_at) FROM exception_stack_traces e
    WHERE e.project_id = g.project_id AND e.exception_hash = g.exception_hash
      AND e.recorded_at BETWEEN :from_time AND :to_time) END AS first_seen,
  CASE WHEN g.last_seen <= :to_time THEN g.last_seen ELSE (
    SELECT max(e.recorded_at) FROM exception_stack_traces e
    WHERE e.project_id = g.project_id AND e.exception_hash = g.exception_hash
      AND e.recorded_at BETWEEN :from_time AND :to_time) END AS last_seen,
  CASE WHEN g.first_seen >= :from_time AND g.last_seen <= :to_time THEN g.count ELSE
    (SELECT coalesce(sum(h.count), 0) FROM exception_hours h
     WHERE h.project_id = g.project_id AND h.exception_hash = g.exception_hash
       AND h.hour >= :first_hour AND h.hour < :end_hour)
    + (SELECT count(*) FROM exception_stack_traces e
       WHERE e.project_id = g.project_id AND e.exception_hash = g.exception_hash
         AND e.recorded_at BETWEEN :from_time AND :head_end)
    + (SELECT count(*) FROM exception_stack_traces e
       WHERE e.project_id = g.project_id AND e.exception_hash = g.exception_hash
         AND e.recorded_at BETWEEN :tail_start AND :to_time) END AS count
FROM exception_groups g
LEFT JOIN archived_exceptions a ON a.project_id = g.project_id AND a.exception_hash = g.exception_hash
LEFT JOIN archive_conditions c ON c.project_id = a.project_id AND c.exception_hash = a.exception_hash
WHERE g.project_id = :project_id AND g.last_seen >= :from_time AND g.first_seen <= :to_time
  AND (:is_message IS NULL OR g.is_message = :is_message)
LIMIT 100000;

-- name: matching_groups
-- params: project_id, from_time, to_time, is_message, search, type, exception_hash, text_ids, server, version, route, attributes
-- Every distinct stack text is searched once, however often it occurred.
WITH texts AS MATERIALIZED (
  SELECT id FROM stack_texts
  WHERE project_id = :project_id AND (:search = '' OR stack_contains(data, :search))
    AND (:text_ids IS NULL OR id IN (SELECT value FROM json_each(:text_ids)))
),
hits AS MATERIALIZED (
  SELECT e.exception_hash, count(*) AS count, min(e.recorded_at) AS first_seen, max(e.recorded_at) AS last_seen,
    count(DISTINCT nullif(e.user_id, '')) AS users
  FROM texts CROSS JOIN exception_stack_traces e
  WHERE e.project_id = :project_id AND e.stack_text_id = texts.id AND e.recorded_at BETWEEN :from_time AND :to_time
    AND (:exception_hash IS NULL OR e.exception_hash = :exception_hash)
    AND (:server IS NULL OR e.server_name = :server) AND (:version IS NULL OR e.app_version = :version)
    AND (:route IS NULL OR e.run_name = :route)
    AND (:attributes IS NULL OR NOT EXISTS (
      SELECT 1 FROM json_each(:attributes) w WHERE NOT EXISTS (
        SELECT 1 FROM json_each(e.attributes) h
        WHERE h.key = w.value ->> '$.key' AND h.value = w.value ->> '$.value')))
  GROUP BY e.exception_hash
)
SELECT g.exception_hash, g.type, g.first_line, g.is_message, g.first_seen AS ever_first_seen, a.archived_at,
  c.until_kind, c.returned_at, hits.first_seen, hits.last_seen, hits.count, hits.users
FROM hits
JOIN exception_groups g ON g.project_id = :project_id AND g.exception_hash = hits.exception_hash
LEFT JOIN archived_exceptions a ON a.project_id = g.project_id AND a.exception_hash = g.exception_hash
LEFT JOIN archive_conditions c ON c.project_id = a.project_id AND c.exception_hash = a.exception_hash
WHERE (:is_message IS NULL OR g.is_message = :is_message) AND (:type IS NULL OR g.type = :type)
LIMIT 100000;

-- name: group
-- params: project_id, exception_hash
SELECT g.exception_hash, g.type, g.first_line, g.is_message, g.first_seen AS ever_first_seen, a.archived_at,
  c.until_kind, c.returned_at, g.first_seen, g.last_seen, g.count
FROM exception_groups g
LEFT JOIN archived_exceptions a ON a.project_id = g.project_id AND a.exception_hash = g.exception_hash
LEFT JOIN archive_conditions c ON c.project_id = a.project_id AND c.exception_hash = a.exception_hash
WHERE g.project_id = :project_id AND g.exception_hash = :exception_hash;

-- name: texts_containing
-- params: project_id, search, after
-- A page of stack texts, in the order of their ids.
SELECT id, data AS stack_data
FROM stack_texts
WHERE project_id = :project_id AND id > :after AND stack_contains(data, :search)
ORDER BY id
LIMIT 200;

-- name: users
-- params: project_id, exception_hash, from_time, to_time
SELECT count(DISTINCT nullif(user_id, '')) AS users, count(*) AS events
FROM exception_stack_traces
WHERE project_id = :project_id AND exception_hash = :exception_hash AND recorded_at BETWEEN :from_time AND :to_time;

-- name: buckets
-- params: project_id, exception_hash, from_time, to_time, bucket, text_ids, server, version, route, attributes
-- Occurrences of one issue per stretch of that many nanoseconds.
SELECT e.recorded_at / :bucket * :bucket AS timestamp, count(*) AS count
FROM exception_stack_traces e
WHERE e.project_id = :project_id AND e.exception_hash = :exception_hash AND e.recorded_at BETWEEN :from_time AND :to_time
  AND (:text_ids IS NULL OR e.stack_text_id IN (SELECT value FROM json_each(:text_ids)))
  AND (:server IS NULL OR e.server_name = :server) AND (:version IS NULL OR e.app_version = :version)
  AND (:route IS NULL OR e.run_name = :route)
  AND (:attributes IS NULL OR NOT EXISTS (
    SELECT 1 FROM json_each(:attributes) w WHERE NOT EXISTS (
      SELECT 1 FROM json_each(e.attributes) h
      WHERE h.key = w.value ->> '$.key' AND h.value = w.value ->> '$.value')))
GROUP BY 1
ORDER BY 1;

-- name: hour_buckets
-- params: project_id, exception_hash, from_time, to_time, first_hour, end_hour, head_end, tail_start, bucket
-- The same from the counts per hour. `bucket` is a number of whole hours.
SELECT timestamp / :bucket * :bucket AS timestamp, sum(count) AS count
FROM (
  SELECT hour * 3600000000000 AS timestamp, count
  FROM exception_hours
  WHERE project_id = :project_id AND exception_hash = :exception_hash AND hour >= :first_hour AND hour < :end_hour
  UNION ALL
  SELECT recorded_at, 1
  FROM exception_stack_traces
  WHERE project_id = :project_id AND exception_hash = :exception_hash AND recorded_at BETWEEN :from_time AND :head_end
  UNION ALL
  SELECT recorded_at, 1
  FROM exception_stack_traces
  WHERE project_id = :project_id AND exception_hash = :exception_hash AND recorded_at BETWEEN :tail_start AND :to_time
)
GROUP BY 1
ORDER BY 1;

-- name: newest_rows
-- params: project_id, exception_hash, from_time, to_time, limit, offset, text_ids, server, version, route, attributes
SELECT e.row_id
FROM exception_stack_traces e
WHERE e.project_id = :project_id AND e.exception_hash = :exception_hash AND e.recorded_at BETWEEN :from_time AND :to_time
  AND (:text_ids IS NULL OR e.stack_text_id IN (SELECT value FROM json_each(:text_ids)))
  AND (:server IS NULL OR e.server_name = :server) AND (:version IS NULL OR e.app_version = :version)
  AND (:route IS NULL OR e.run_name = :route)
  AND (:attributes IS NULL OR NOT EXISTS (
    SELECT 1 FROM json_each(:attributes) w WHERE NOT EXISTS (
      SELECT 1 FROM json_each(e.attributes) h
      WHERE h.key = w.value ->> '$.key' AND h.value = w.value ->> '$.value')))
ORDER BY e.recorded_at DESC, e.row_id DESC
LIMIT :limit OFFSET :offset;

-- name: oldest_rows
-- params: project_id, exception_hash, from_time, to_time, limit, offset, text_ids, server, version, route, attributes
SELECT e.row_id
FROM exception_stack_traces e
WHERE e.project_id = :project_id AND e.exception_hash = :exception_hash AND e.recorded_at BETWEEN :from_time AND :to_time
  AND (:text_ids IS NULL OR e.stack_text_id IN (SELECT value FROM json_each(:text_ids)))
  AND (:server IS NULL OR e.server_name = :server) AND (:version IS NULL OR e.app_version = :version)
  AND (:route IS NULL OR e.run_name = :route)
  AND (:attributes IS NULL OR NOT EXISTS (
    SELECT 1 FROM json_each(:attributes) w WHERE NOT EXISTS (
      SELECT 1 FROM json_each(e.attributes) h
      WHERE h.key = w.value ->> '$.key' AND h.value = w.value ->> '$.value')))
ORDER BY e.recorded_at, e.row_id
LIMIT :limit OFFSET :offset;

-- name: newest_of_project
-- params: project_id, from_time, to_time, limit
SELECT row_id
FROM exception_stack_traces
WHERE project_id = :project_id AND recorded_at BETWEEN :from_time AND :to_time
ORDER BY recorded_at DESC
LIMIT :limit;

-- name: tags
-- params: project_id, rows
-- What the chosen rows have in their attributes, and as version, server and route: ten values of each key, most
-- frequent first, with how many there are and how many rows have the key.
WITH chosen AS MATERIALIZED (
  SELECT e.recorded_at, e.attributes, e.app_version, e.server_name, e.run_name
  FROM json_each(:rows) r
  CROSS JOIN exception_stack_traces e
  WHERE e.row_id = r.value AND e.project_id = :project_id
),
counted AS (
  SELECT key, value, count(*) AS count, max(recorded_at) AS last_seen
  FROM (
    SELECT a.key, a.value, c.recorded_at FROM chosen c, json_each(c.attributes) a
    UNION ALL
    SELECT 'version', app_version, recorded_at FROM chosen WHERE app_version <> ''
    UNION ALL
    SELECT 'server', server_name, recorded_at FROM chosen WHERE server_name <> ''
    UNION ALL
    SELECT 'route', run_name, recorded_at FROM chosen WHERE run_name <> ''
  )
  GROUP BY key, value
),
placed AS (
  SELECT key, value, count, last_seen,
    row_number() OVER (PARTITION BY key ORDER BY count DESC, last_seen DESC, value) AS place,
    count(*) OVER (PARTITION BY key) AS distinct_values, sum(count) OVER (PARTITION BY key) AS rows
  FROM counted
)
SELECT key, substr(value, 1, 200) AS value, count, last_seen, distinct_values, rows
FROM placed
WHERE place <= 10
ORDER BY key, place
LIMIT 5000;

-- name: versions
-- params: project_id, exception_hash
-- Of the oldest and of the newest occurrence.
SELECT
  (SELECT app_version FROM exception_stack_traces
   WHERE project_id = :project_id AND exception_hash = :exception_hash
   ORDER BY recorded_at, row_id LIMIT 1) AS first_version,
  (SELECT app_version FROM exception_stack_traces
   WHERE project_id = :project_id AND exception_hash = :exception_hash
   ORDER BY recorded_at DESC, row_id DESC LIMIT 1) AS last_version;

-- name: activity
-- params: project_id, exception_hash
SELECT at, kind, done_by, version, until
FROM issue_activity
WHERE project_id = :project_id AND exception_hash = :exception_hash
ORDER BY at DESC
LIMIT 100;

-- name: neighbours
-- params: project_id, exception_hash, recorded_at, row_id
-- Where an occurrence stands among those of its issue. The newest is at position 1.
SELECT
  (SELECT id FROM exception_stack_traces
   WHERE project_id = :project_id AND exception_hash = :exception_hash AND recorded_at <= :recorded_at
     AND (recorded_at < :recorded_at OR row_id < :row_id)
   ORDER BY recorded_at DESC, row_id DESC LIMIT 1) AS older,
  (SELECT id FROM exception_stack_traces
   WHERE project_id = :project_id AND exception_hash = :exception_hash AND recorded_at >= :recorded_at
     AND (recorded_at > :recorded_at OR row_id > :row_id)
   ORDER BY recorded_at, row_id LIMIT 1) AS newer,
  (SELECT id FROM exception_stack_traces
   WHERE project_id = :project_id AND exception_hash = :exception_hash
   ORDER BY recorded_at DESC, row_id DESC LIMIT 1) AS latest,
  (SELECT id FROM exception_stack_traces
   WHERE project_id = :project_id AND exception_hash = :exception_hash
   ORDER BY recorded_at, row_id LIMIT 1) AS oldest,
  (SELECT count(*) FROM exception_stack_traces
   WHERE project_id = :project_id AND exception_hash = :exception_hash AND recorded_at >= :recorded_at
     AND (recorded_at > :recorded_at OR row_id >= :row_id)) AS position,
  (SELECT count FROM exception_groups
   WHERE project_id = :project_id AND exception_hash = :exception_hash) AS total;

-- name: newest_occurrence
-- params: project_id, exception_hash, from_time, to_time
SELECT s.data AS stack_data, e.trace_id, e.span_id, e.trace_type, e.recorded_at, e.is_message, e.run_name
FROM exception_stack_traces e
JOIN stack_texts s ON s.id = e.stack_text_id
WHERE e.project_id = :project_id AND e.exception_hash = :exception_hash
  AND e.recorded_at BETWEEN :from_time AND :to_time
ORDER BY e.recorded_at DESC, e.row_id DESC
LIMIT 1;

-- name: occurrences
-- params: project_id, rows
-- In the order of the list of row ids.
SELECT e.row_id, e.id, e.trace_id, e.span_id, e.linked_trace_id, e.trace_type, e.exception_hash, s.data AS stack_data,
  e.recorded_at, e.attributes, e.app_version, e.server_name, e.is_message, e.session_id, e.run_name
FROM json_each(:rows) r
CROSS JOIN exception_stack_traces e
JOIN stack_texts s ON s.id = e.stack_text_id
WHERE e.row_id = r.value AND e.project_id = :project_id
ORDER BY r.key;

-- name: occurrence
-- params: project_id, id
SELECT e.row_id, e.id, e.trace_id, e.span_id, e.linked_trace_id, e.trace_type, e.exception_hash, s.data AS stack_data,
  e.recorded_at, e.attributes, e.app_version, e.server_name, e.is_message, e.session_id, e.run_name
FROM exception_stack_traces e
JOIN stack_texts s ON s.id = e.stack_text_id
WHERE e.project_id = :project_id AND e.id = :id;
