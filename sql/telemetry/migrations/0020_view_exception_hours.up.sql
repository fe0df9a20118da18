CREATE VIEW v_exception_hours AS
SELECT lower(hex(project_id)) AS project_id, exception_hash, datetime(hour * 3600, 'unixepoch') AS hour, count
FROM exception_hours;
