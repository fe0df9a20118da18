-- What the store itself asks: exceptions as they arrive, digests. Positions of parameters follow `params`.

-- name: find_stack_text
-- params: project_id, content_hash
SELECT id
FROM stack_texts
WHERE project_id = :project_id AND content_hash = :content_hash;

-- name: insert_stack_text
-- params: project_id, content_hash, size, data
INSERT INTO stack_texts (project_id, content_hash, size, data)
VALUES (:project_id, :content_hash, :size, :data);

-- name: insert_exception
-- params: project_id, id, trace_id, span_id, linked_trace_id, trace_type, exception_hash, stack_text_id, recorded_at, attributes, app_version, server_name, is_message, session_id, user_id, run_name
INSERT INTO exception_stack_traces (project_id, id, trace_id, span_id, linked_trace_id, trace_type, exception_hash,
  stack_text_id, recorded_at, attributes, app_version, server_name, is_message, session_id, user_id, run_name)
VALUES (:project_id, :id, :trace_id, :span_id, :linked_trace_id, :trace_type, :exception_hash, :stack_text_id,
  :recorded_at, :attributes, :app_version, :server_name, :is_message, :session_id, :user_id, :run_name)
ON CONFLICT (project_id, id) DO NOTHING;

-- name: add_to_group
-- params: project_id, exception_hash, type, first_line, sample_id, recorded_at, is_message, grouping_version
INSERT INTO exception_groups (project_id, exception_hash, type, first_line, sample_id, first_seen, last_seen, count,
  is_message, grouping_version)
VALUES (:project_id, :exception_hash, :type, :first_line, :sample_id, :recorded_at, :recorded_at, 1, :is_message,
  :grouping_version)
ON CONFLICT (project_id, exception_hash) DO UPDATE SET
  type = CASE WHEN excluded.last_seen >= last_seen THEN excluded.type ELSE type END,
  first_line = CASE WHEN excluded.last_seen >= last_seen THEN excluded.first_line ELSE first_line END,
  sample_id = CASE WHEN excluded.last_seen >= last_seen THEN excluded.sample_id ELSE sample_id END,
  first_seen = min(first_seen, excluded.first_seen),
  last_seen = max(last_seen, excluded.last_seen),
  count = count + 1,
  grouping_version = excluded.grouping_version;

-- name: add_to_hour
-- params: project_id, exception_hash, hour
INSERT INTO exception_hours (project_id, exception_hash, hour, count)
VALUES (:project_id, :exception_hash, :hour, 1)
ON CONFLICT (project_id, exception_hash, hour) DO UPDATE SET count = count + 1;

-- name: note_version
-- params: project_id, app_version, recorded_at
INSERT INTO exception_versions (project_id, app_version, first_seen)
VALUES (:project_id, :app_version, :recorded_at)
ON CONFLICT (project_id, app_version) DO UPDATE SET first_seen = excluded.first_seen
WHERE excluded.first_seen < first_seen;

-- name: is_archived_before
-- params: project_id, exception_hash, recorded_at
SELECT 1
FROM archived_exceptions
WHERE project_id = :project_id AND exception_hash = :exception_hash AND archived_at < :recorded_at;

-- name: count_towards_return
-- params: project_id, exception_hash, recorded_at, app_version
-- One more occurrence after archiving: does it fulfil the condition?
UPDATE archive_conditions SET
  seen = seen + 1,
  returned_at = CASE
    WHEN until_kind = 'events' AND seen + 1 >= until_value THEN :recorded_at
    WHEN until_kind = 'days' AND :recorded_at - archived_at >= until_value * 86400000000000 THEN :recorded_at
    WHEN until_kind = 'version' AND EXISTS (
      SELECT 1 FROM exception_versions v
      WHERE v.project_id = :project_id AND v.app_version = :app_version AND v.first_seen > archive_conditions.archived_at
    ) THEN :recorded_at
  END
WHERE project_id = :project_id AND exception_hash = :exception_hash AND archived_at < :recorded_at
  AND returned_at IS NULL;

-- name: note_return
-- params: project_id, exception_hash, recorded_at, app_version
-- Once per archiving, and only if nothing else must happen first.
INSERT INTO issue_activity (project_id, exception_hash, at, kind, version)
SELECT a.project_id, a.exception_hash, :recorded_at, 'regressed', :app_version
FROM archived_exceptions a
LEFT JOIN archive_conditions c ON c.project_id = a.project_id AND c.exception_hash = a.exception_hash
WHERE a.project_id = :project_id AND a.exception_hash = :exception_hash AND a.archived_at < :recorded_at
  AND (c.until_kind IS NULL OR c.returned_at IS NOT NULL)
  AND NOT EXISTS (
    SELECT 1 FROM issue_activity i
    WHERE i.project_id = a.project_id AND i.exception_hash = a.exception_hash AND i.at > a.archived_at
      AND i.kind = 'regressed');

-- name: archive_issue
-- params: project_id, exception_hash, archived_at, archived_by
-- What has been seen already cannot bring it back, not even if its clock was ahead.
INSERT INTO archived_exceptions (project_id, exception_hash, archived_at, archived_by)
VALUES (:project_id, :exception_hash,
  max(:archived_at, coalesce((SELECT last_seen FROM exception_groups
    WHERE project_id = :project_id AND exception_hash = :exception_hash), :archived_at)), :archived_by)
ON CONFLICT (project_id, exception_hash) DO UPDATE SET archived_at = excluded.archived_at, archived_by = excluded.archived_by;

-- name: forget_condition
-- params: project_id, exception_hash
DELETE FROM archive_conditions
WHERE project_id = :project_id AND exception_hash = :exception_hash;

-- name: set_condition
-- params: project_id, exception_hash, until_kind, until_value
INSERT INTO archive_conditions (project_id, exception_hash, archived_at, until_kind, until_value)
SELECT project_id, exception_hash, archived_at, :until_kind, :until_value
FROM archived_exceptions
WHERE project_id = :project_id AND exception_hash = :exception_hash AND :until_kind <> '';

-- name: note_archiving
-- params: project_id, exception_hash, archived_at, archived_by, until
INSERT INTO issue_activity (project_id, exception_hash, at, kind, done_by, until)
SELECT project_id, exception_hash, :archived_at, 'archived', :archived_by, :until
FROM exception_groups
WHERE project_id = :project_id AND exception_hash = :exception_hash
ON CONFLICT (project_id, exception_hash, at, kind) DO NOTHING;

-- name: note_unarchiving
-- params: project_id, exception_hash, unarchived_at, unarchived_by
INSERT INTO issue_activity (project_id, exception_hash, at, kind, done_by)
SELECT project_id, exception_hash, :unarchived_at, 'unarchived', :unarchived_by
FROM archived_exceptions
WHERE project_id = :project_id AND exception_hash = :exception_hash
ON CONFLICT (project_id, exception_hash, at, kind) DO NOTHING;

-- name: unarchive_issue
-- params: project_id, exception_hash
DELETE FROM archived_exceptions
WHERE project_id = :project_id AND exception_hash = :exception_hash;

-- name: exceptions_of_trace
-- params: project_id, trace_id, from_time, to_time
SELECT e.id, e.trace_id, e.span_id, e.linked_trace_id, e.trace_type, e.exception_hash,
  s.data AS stack_data, e.recorded_at, e.attributes, e.app_version, e.server_name, e.is_message, e.session_id
FROM exception_stack_traces e
JOIN stack_texts s ON s.id = e.stack_text_id
WHERE e.project_id = :project_id AND e.trace_id = :trace_id AND e.recorded_at BETWEEN :from_time AND :to_time
ORDER BY e.recorded_at, e.id
LIMIT 1000;

-- name: insert_digests
-- params: committed_at, digests
INSERT INTO request_digests (committed_at, digests)
VALUES (:committed_at, :digests);

-- name: digests
-- params: after
SELECT committed_at, digests
FROM request_digests
WHERE committed_at > :after;

-- name: forget_digests
-- params: before
DELETE FROM request_digests
WHERE committed_at <= :before;

-- name: set_slow_endpoint
-- params: project_id, endpoint, offset_ms, reason
INSERT INTO slow_endpoints (project_id, endpoint, offset_ms, reason)
VALUES (:project_id, :endpoint, :offset_ms, :reason)
ON CONFLICT (project_id, endpoint) DO UPDATE SET offset_ms = excluded.offset_ms, reason = excluded.reason;
