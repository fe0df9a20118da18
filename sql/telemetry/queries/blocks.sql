-- name: insert_block
-- params: project_id, row_count, endpoint_count, task_count, root_count, min_recorded_at, max_recorded_at
INSERT INTO span_blocks (project_id, row_count, endpoint_count, task_count, root_count, min_recorded_at, max_recorded_at)
VALUES (:project_id, :row_count, :endpoint_count, :task_count, :root_count, :min_recorded_at, :max_recorded_at);

-- name: insert_hot
-- params: block_id, data
INSERT INTO span_block_hot (block_id, data) VALUES (:block_id, :data);

-- name: insert_keys
-- params: block_id, data
INSERT INTO span_block_keys (block_id, data) VALUES (:block_id, :data);

-- name: insert_cold
-- params: id, data
INSERT INTO span_chunk_cold (id, data) VALUES (:id, :data);

-- name: hot_in_range
-- params: project_id, from_ns, to_ns
SELECT h.block_id AS block_id, h.data AS data
FROM span_blocks AS b
JOIN span_block_hot AS h ON h.block_id = b.id
WHERE b.project_id = :project_id AND b.max_recorded_at >= :from_ns AND b.min_recorded_at <= :to_ns
ORDER BY b.id;

-- name: keys_in_range
-- params: project_id, from_ns, to_ns
SELECT k.block_id AS block_id, k.data AS data
FROM span_blocks AS b
JOIN span_block_keys AS k ON k.block_id = b.id
WHERE b.project_id = :project_id AND b.max_recorded_at >= :from_ns AND b.min_recorded_at <= :to_ns
ORDER BY b.id DESC;

-- name: hot_of_block
-- params: block_id
SELECT data FROM span_block_hot WHERE block_id = :block_id;

-- name: cold_of_chunk
-- params: id
SELECT data FROM span_chunk_cold WHERE id = :id;

-- name: insert_digest
-- params: digest, received_at
INSERT INTO request_digests (digest, received_at) VALUES (:digest, :received_at);

-- name: digests_since
-- params: received_at
SELECT digest, received_at FROM request_digests WHERE received_at >= :received_at ORDER BY id;

-- name: delete_digests_before
-- params: received_at
DELETE FROM request_digests WHERE received_at < :received_at;
