-- Times and values, by series.
CREATE TABLE metric_hot (
  block_id INTEGER PRIMARY KEY,
  data BLOB NOT NULL
) STRICT;
