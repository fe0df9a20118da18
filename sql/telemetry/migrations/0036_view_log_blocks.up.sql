CREATE VIEW v_log_blocks AS
SELECT lower(hex(b.project_id)) AS project_id, b.block_id, b.format, b.row_count, b.chunk_count, b.error_count,
  datetime(b.min_time / 1000000000, 'unixepoch') AS min_time, datetime(b.max_time / 1000000000, 'unixepoch') AS max_time,
  b.first_number, b.last_number, b.severities, length(h.data) AS hot_bytes,
  (SELECT sum(length(c.data)) FROM log_cold c WHERE c.part_id BETWEEN b.block_id * 4 + 1 AND b.block_id * 4 + 3) AS cold_bytes,
  length(t.data) AS token_bytes, length(f.data) AS filter_bytes
FROM log_blocks b
LEFT JOIN log_hot h ON h.block_id = b.block_id
LEFT JOIN log_tokens t ON t.block_id = b.block_id
LEFT JOIN log_filters f ON f.block_id = b.block_id;
