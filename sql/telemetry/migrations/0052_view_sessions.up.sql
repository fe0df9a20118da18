CREATE VIEW v_sessions AS
SELECT lower(hex(project_id)) AS project_id, lower(hex(id)) AS id, datetime(started_at / 1000000000, 'unixepoch') AS started_at,
  datetime(ended_at / 1000000000, 'unixepoch') AS ended_at, duration, client_ip, attributes, app_version, server_name,
  lower(hex(trace_id)) AS trace_id
FROM sessions;
