CREATE INDEX projects_organization ON projects (organization_id, created_at);
