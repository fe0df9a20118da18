CREATE VIEW v_exception_groups AS
SELECT lower(hex(project_id)) AS project_id, exception_hash, type, first_line, lower(hex(sample_id)) AS sample_id,
  datetime(first_seen / 1000000000, 'unixepoch') AS first_seen,
  datetime(last_seen / 1000000000, 'unixepoch') AS last_seen, count, is_message, grouping_version
FROM exception_groups;
