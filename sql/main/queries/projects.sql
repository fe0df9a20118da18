-- Projects: what reports, and under which token.

-- name: all
SELECT id, organization_id, name, token, source_map_token, framework, drop_healthy_healthchecks,
  healthcheck_paths, created_at
FROM projects
ORDER BY created_at, id;

-- name: of_user
-- params: user_id
SELECT p.id, p.organization_id, p.name, p.token, p.source_map_token, p.framework,
  p.drop_healthy_healthchecks, p.healthcheck_paths, p.created_at, m.role
FROM organization_users m
JOIN projects p ON p.organization_id = m.organization_id
WHERE m.user_id = :user_id
ORDER BY p.created_at, p.id;

-- name: insert
-- params: id, organization_id, name, token, framework, created_at
INSERT INTO projects (id, organization_id, name, token, framework, created_at)
VALUES (:id, :organization_id, :name, :token, :framework, :created_at)
RETURNING id, organization_id, name, token, source_map_token, framework, drop_healthy_healthchecks,
  healthcheck_paths, created_at;

-- name: update
-- params: id, name, framework, drop_healthy_healthchecks, healthcheck_paths
-- A setting that is NULL stays as it is.
UPDATE projects SET
  name = :name,
  framework = :framework,
  drop_healthy_healthchecks = coalesce(:drop_healthy_healthchecks, drop_healthy_healthchecks),
  healthcheck_paths = coalesce(:healthcheck_paths, healthcheck_paths)
WHERE id = :id
RETURNING id, organization_id, name, token, source_map_token, framework, drop_healthy_healthchecks,
  healthcheck_paths, created_at;

-- name: organization_of
-- params: id
SELECT organization_id
FROM projects
WHERE id = :id;

-- name: role_in_organization
-- params: user_id, organization_id
SELECT role
FROM organization_users
WHERE user_id = :user_id AND organization_id = :organization_id;
