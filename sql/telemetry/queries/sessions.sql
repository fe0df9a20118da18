-- Sessions: visits of people, what they recorded and what went wrong.

-- name: by_id
-- params: project_id, id
SELECT s.id, s.started_at, s.ended_at, s.last_segment_end, s.heard_at, s.client_ip, s.attributes, s.app_version,
  s.server_name, s.trace_id
FROM sessions s
WHERE s.project_id = :project_id AND s.id = :id;
