-- Statements that both databases need: the migrations' own table, and a question that touches the file.

-- name: create_migrations
CREATE TABLE IF NOT EXISTS schema_migrations (
  number INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  checksum TEXT NOT NULL,
  applied_at INTEGER NOT NULL
) STRICT;

-- name: applied_migrations
SELECT number, name, checksum
FROM schema_migrations
ORDER BY number;

-- name: record_migration
-- params: number, name, checksum, applied_at
INSERT INTO schema_migrations (number, name, checksum, applied_at)
VALUES (:number, :name, :checksum, :applied_at);

-- name: count_tables
SELECT count(*) AS tables
FROM sqlite_schema
WHERE type = 'table' AND name NOT LIKE 'sqlite\_%' ESCAPE '\';

-- name: ping
SELECT count(*) AS migrations
FROM schema_migrations;
