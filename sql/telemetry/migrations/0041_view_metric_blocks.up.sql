CREATE VIEW v_metric_blocks AS
SELECT lower(hex(b.project_id)) AS project_id, b.block_id, b.format, b.row_count, b.chunk_count,
  datetime(b.min_time / 1000000000, 'unixepoch') AS min_time, datetime(b.max_time / 1000000000, 'unixepoch') AS max_time,
  length(h.data) AS hot_bytes, length(c.data) AS cold_bytes, length(f.data) AS filter_bytes
FROM metric_blocks b
LEFT JOIN metric_hot h ON h.block_id = b.block_id
LEFT JOIN metric_cold c ON c.part_id = b.block_id * 4 + 2
LEFT JOIN metric_filters f ON f.block_id = b.block_id;
