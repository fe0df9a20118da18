-- The blocks of metric points. Every family with blocks has a file like this one, with statements of the same names; positions of
-- parameters and of the columns of `headers` are known to storage/sqlite/block_tables.cpp.

-- name: last
SELECT coalesce(max(block_id), 0) AS block_id
FROM metric_hot;

-- name: insert
-- params: project_id, block_id, format, row_count, chunk_count, min_time, max_time
INSERT INTO metric_blocks (project_id, block_id, format, row_count, chunk_count, min_time, max_time)
VALUES (:project_id, :block_id, :format, :row_count, :chunk_count, :min_time, :max_time);

-- name: insert_filter
-- params: block_id, data
INSERT INTO metric_filters (block_id, data)
VALUES (:block_id, :data);

-- name: insert_hot
-- params: block_id, data
INSERT INTO metric_hot (block_id, data)
VALUES (:block_id, :data);

-- name: insert_cold
-- params: part_id, data
INSERT INTO metric_cold (part_id, data)
VALUES (:part_id, :data);

-- name: headers
-- params: project_id, from_time, to_time
SELECT block_id, row_count, min_time, max_time
FROM metric_blocks
WHERE project_id = :project_id AND max_time >= :from_time AND min_time <= :to_time
ORDER BY block_id;

-- name: filters
-- params: project_id, from_time, to_time
SELECT b.block_id, f.data
FROM metric_blocks b
JOIN metric_filters f ON f.block_id = b.block_id
WHERE b.project_id = :project_id AND b.max_time >= :from_time AND b.min_time <= :to_time
ORDER BY b.block_id;

-- name: hot
-- params: block_id
SELECT data
FROM metric_hot
WHERE block_id = :block_id;

-- name: cold
-- params: part_id
SELECT data
FROM metric_cold
WHERE part_id = :part_id;
