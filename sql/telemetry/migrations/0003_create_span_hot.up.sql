-- The columns that scans read: times, durations, names, kinds, status, flags.
CREATE TABLE span_hot (
  block_id INTEGER PRIMARY KEY,
  data BLOB NOT NULL
) STRICT;
