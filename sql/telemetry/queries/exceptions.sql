-- name: insert_stack_text
-- params: content_hash, text
INSERT INTO stack_texts (content_hash, text) VALUES (:content_hash, :text);

-- name: stack_text_id
-- params: content_hash
SELECT id FROM stack_texts WHERE content_hash = :content_hash;

-- name: insert_exception
-- params: project_id, exception_id, trace_id, span_id, linked_trace_id, trace_type, exception_hash, grouping_version, stack_text_id, recorded_at, attributes, app_version, server_name, is_message, session_id
INSERT INTO exceptions (project_id, exception_id, trace_id, span_id, linked_trace_id, trace_type, exception_hash,
                        grouping_version, stack_text_id, recorded_at, attributes, app_version, server_name, is_message,
                        session_id)
VALUES (:project_id, :exception_id, :trace_id, :span_id, :linked_trace_id, :trace_type, :exception_hash,
        :grouping_version, :stack_text_id, :recorded_at, :attributes, :app_version, :server_name, :is_message,
        :session_id)
ON CONFLICT (project_id, exception_id) DO NOTHING;

-- name: count_in_group
-- params: project_id, exception_hash, first_line, sample_id, grouping_version, is_message, recorded_at
INSERT INTO exception_groups (project_id, exception_hash, first_line, sample_id, grouping_version, is_message,
                              first_seen, last_seen, count)
VALUES (:project_id, :exception_hash, :first_line, :sample_id, :grouping_version, :is_message, :recorded_at,
        :recorded_at, 1)
ON CONFLICT (project_id, exception_hash) DO UPDATE
SET first_seen = min(first_seen, excluded.first_seen),
    last_seen = max(last_seen, excluded.last_seen),
    count = count + 1;

-- name: of_trace
-- params: project_id, trace_id
SELECT e.exception_id AS id, e.trace_id, e.span_id, e.linked_trace_id, e.trace_type, e.exception_hash,
       e.grouping_version, e.recorded_at, e.attributes, e.app_version, e.server_name, e.is_message, e.session_id,
       t.text AS stack_trace
FROM exceptions AS e
JOIN stack_texts AS t ON t.id = e.stack_text_id
WHERE e.project_id = :project_id AND e.trace_id = :trace_id
ORDER BY e.recorded_at, e.id
LIMIT 1000;

-- name: groups_of_project
-- params: project_id
SELECT exception_hash, first_line, sample_id, grouping_version, is_message, first_seen, last_seen, count
FROM exception_groups
WHERE project_id = :project_id
ORDER BY last_seen DESC, exception_hash
LIMIT 1000;
