CREATE VIEW v_slow_endpoints AS
SELECT lower(hex(project_id)) AS project_id, endpoint, offset_ms, reason
FROM slow_endpoints;
