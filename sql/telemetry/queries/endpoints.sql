-- Endpoints: what operators declared about routes. The requests themselves rest in blocks.

-- name: slow_endpoint
-- params: project_id, endpoint
SELECT offset_ms, reason
FROM slow_endpoints
WHERE project_id = :project_id AND endpoint = :endpoint;

-- name: slow_endpoints
-- params: project_id
SELECT endpoint, offset_ms, reason
FROM slow_endpoints
WHERE project_id = :project_id
ORDER BY endpoint;
