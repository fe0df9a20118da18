-- The blocks of log records. Every family with blocks has a file like this one, with statements of the same names; positions of
-- parameters and of the columns of `headers` are known to storage/sqlite/block_tables.cpp.

-- name: last
SELECT coalesce(max(block_id), 0) AS block_id
FROM log_hot;

-- name: insert
-- params: project_id, block_id, format, row_count, chunk_count, error_count, min_time, max_time, first_number, last_number, severities
INSERT INTO log_blocks (project_id, block_id, format, row_count, chunk_count, error_count, min_time, max_time, first_number,
  last_number, severities)
VALUES (:project_id, :block_id, :format, :row_count, :chunk_count, :error_count, :min_time, :max_time, :first_number,
  :last_number, :severities);

-- name: insert_filter
-- params: block_id, data
INSERT INTO log_filters (block_id, data)
VALUES (:block_id, :data);

-- name: insert_hot
-- params: block_id, data
INSERT INTO log_hot (block_id, data)
VALUES (:block_id, :data);

-- name: insert_cold
-- params: part_id, data
INSERT INTO log_cold (part_id, data)
VALUES (:part_id, :data);

-- name: headers
-- params: project_id, from_time, to_time
SELECT block_id, row_count, min_time, max_time, first_number, last_number, severities
FROM log_blocks
WHERE project_id = :project_id AND max_time >= :from_time AND min_time <= :to_time
ORDER BY block_id;

-- name: filters
-- params: project_id, from_time, to_time
SELECT b.block_id, f.data
FROM log_blocks b
JOIN log_filters f ON f.block_id = b.block_id
WHERE b.project_id = :project_id AND b.max_time >= :from_time AND b.min_time <= :to_time
ORDER BY b.block_id;

-- name: hot
-- params: block_id
SELECT data
FROM log_hot
WHERE block_id = :block_id;

-- name: cold
-- params: part_id
SELECT data
FROM log_cold
WHERE part_id = :part_id;

-- name: insert_tokens
-- params: block_id, data
INSERT INTO log_tokens (block_id, data)
VALUES (:block_id, :data);

-- name: tokens
-- params: block_id
SELECT data
FROM log_tokens
WHERE block_id = :block_id;

-- name: take_numbers
-- params: project_id, count
-- The running numbers of the next records. None is ever given twice, whatever expires.
INSERT INTO log_numbers (project_id, taken)
VALUES (:project_id, :count)
ON CONFLICT (project_id) DO UPDATE SET taken = taken + excluded.taken
RETURNING taken - :count + 1 AS first_number;
