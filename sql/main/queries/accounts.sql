-- Who may sign in, and to what they belong.

-- name: has_organizations
SELECT EXISTS (SELECT 1 FROM organizations) AS has_organizations;

-- name: user_by_email
-- params: email
SELECT id, email, name, password, password_changed_at, created_at
FROM users
WHERE email = :email;

-- name: user_by_id
-- params: id
SELECT id, email, name, password, password_changed_at, created_at
FROM users
WHERE id = :id;

-- name: insert_user
-- params: email, name, password, now
INSERT INTO users (email, name, password, password_changed_at, created_at)
VALUES (:email, :name, :password, :now, :now)
RETURNING id;

-- name: insert_organization
-- params: name, timezone, now
INSERT INTO organizations (name, timezone, created_at)
VALUES (:name, :timezone, :now)
RETURNING id;

-- name: insert_membership
-- params: user_id, organization_id, role, now
INSERT INTO organization_users (user_id, organization_id, role, created_at)
VALUES (:user_id, :organization_id, :role, :now);

-- name: organizations_of_user
-- params: user_id
SELECT o.id, o.name, m.role, o.timezone
FROM organization_users m
JOIN organizations o ON o.id = m.organization_id
WHERE m.user_id = :user_id
ORDER BY m.created_at, o.id;

-- name: role_in_project
-- params: user_id, project_id
SELECT m.role
FROM projects p
JOIN organization_users m ON m.organization_id = p.organization_id
WHERE p.id = :project_id AND m.user_id = :user_id;
