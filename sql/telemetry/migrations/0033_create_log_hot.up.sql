-- The columns that scans read: times, severities, services, scopes.
CREATE TABLE log_hot (
  block_id INTEGER PRIMARY KEY,
  data BLOB NOT NULL
) STRICT;
