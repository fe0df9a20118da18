INSERT INTO exception_hours (project_id, exception_hash, hour, count)
SELECT project_id, exception_hash, recorded_at / 3600000000000, count(*)
FROM exception_stack_traces
GROUP BY project_id, exception_hash, recorded_at / 3600000000000;
