-- The projections. Nothing here is the truth: the file can be deleted at any time.

CREATE TABLE progress (
  one        INTEGER PRIMARY KEY CHECK (one = 1),
  journal_id TEXT NOT NULL,
  size       INTEGER NOT NULL,  -- events applied
  last_id    TEXT               -- the id of the last of them
) STRICT;

CREATE TABLE connections (
  number INTEGER PRIMARY KEY,
  app_id TEXT NOT NULL UNIQUE
) STRICT;

-- A row for each event that changed what is known of a connection.
CREATE TABLE versions (
  connection  INTEGER NOT NULL,
  event_index INTEGER NOT NULL,
  version     INTEGER NOT NULL,
  recorded_at INTEGER NOT NULL,  -- microseconds since 1970
  snapshot    BLOB NOT NULL,
  PRIMARY KEY (connection, event_index)
) STRICT, WITHOUT ROWID;
