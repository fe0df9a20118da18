-- Metrics: the registry of their types and units.

-- name: register
-- params: project_id, name, metric_type, unit, created_at, limit
INSERT INTO metric_registry (project_id, name, metric_type, unit, created_at)
SELECT id, :name, :metric_type, :unit, :created_at
FROM projects
WHERE id = :project_id
  AND (SELECT count(*) FROM metric_registry WHERE project_id = :project_id) < :limit
ON CONFLICT (project_id, name) DO NOTHING;

-- name: registered
-- params: project_id
SELECT name, metric_type, unit
FROM metric_registry
WHERE project_id = :project_id;

-- name: registered_as
-- params: project_id, name
SELECT name, metric_type, unit
FROM metric_registry
WHERE project_id = :project_id AND name = :name;

-- name: update
-- params: project_id, name, metric_type, unit, description
UPDATE metric_registry
SET metric_type = CASE WHEN :metric_type = '' THEN metric_type ELSE :metric_type END,
  unit = CASE WHEN :unit = '' THEN unit ELSE :unit END,
  description = :description
WHERE project_id = :project_id AND name = :name
RETURNING id, project_id, name, metric_type, unit, description, created_at;
