CREATE TABLE organization_users (
  id INTEGER PRIMARY KEY,
  user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  organization_id INTEGER NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
  role TEXT NOT NULL CHECK (role IN ('owner', 'admin', 'user', 'readonly')),
  created_at INTEGER NOT NULL,
  UNIQUE (user_id, organization_id)
) STRICT;
