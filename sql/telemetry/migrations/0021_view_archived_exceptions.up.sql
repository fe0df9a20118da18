CREATE VIEW v_archived_exceptions AS
SELECT lower(hex(project_id)) AS project_id, exception_hash,
  datetime(archived_at / 1000000000, 'unixepoch') AS archived_at, archived_by
FROM archived_exceptions;
