CREATE INDEX organization_users_organization ON organization_users (organization_id);
