-- The projections. Nothing here is the truth: the file can be deleted at any time.

CREATE TABLE progress (
  one        INTEGER PRIMARY KEY CHECK (one = 1),
  journal_id TEXT NOT NULL,
  size       INTEGER NOT NULL,  -- events applied
  last_id    TEXT,              -- the id of the last of them
  begun      INTEGER NOT NULL DEFAULT 0,  -- changes that began in the events applied
  searched   INTEGER NOT NULL DEFAULT 0   -- events whose texts are gathered
) STRICT;

-- One row a connection, numbered by its first version. Moments are microseconds since 1970.
CREATE TABLE connections (
  number   INTEGER PRIMARY KEY,
  app_id   TEXT NOT NULL UNIQUE,
  first_at INTEGER  -- when the first event of its stream was recorded
) STRICT;

-- How commands ended on each day (days since 1970, by UTC); connection 0 is the sum of all.
CREATE TABLE days (
  connection  INTEGER NOT NULL,
  day         INTEGER NOT NULL,
  succeeded   INTEGER NOT NULL,
  not_sent    INTEGER NOT NULL,
  refused     INTEGER NOT NULL,
  in_doubt    INTEGER NOT NULL,
  drift       INTEGER NOT NULL,
  rolled_back INTEGER NOT NULL,
  PRIMARY KEY (connection, day)
) STRICT, WITHOUT ROWID;

-- A row for each event that changed what is known of a connection: its state, the event since which
-- each field is so, and what a list tells beside it.
CREATE TABLE versions (
  connection     INTEGER NOT NULL,
  event_index    INTEGER NOT NULL,
  version        INTEGER NOT NULL,
  recorded_at    INTEGER NOT NULL,
  snapshot       BLOB NOT NULL,
  status_set     INTEGER NOT NULL,
  scheme_set     INTEGER NOT NULL,
  base_url_set   INTEGER NOT NULL,
  client_id_set  INTEGER NOT NULL,
  rotation_set   INTEGER NOT NULL,
  token_set      INTEGER NOT NULL,
  changes        INTEGER NOT NULL,
  last_index     INTEGER,
  last_at        INTEGER,
  last_by        TEXT,
  last_ticket    TEXT,
  last_what      TEXT,
  set_at         INTEGER,
  drift_at       INTEGER,
  refused_at     INTEGER,
  rollbacks      INTEGER NOT NULL,
  doubt_since    INTEGER,
  awaiting_since INTEGER,
  rollback_id    TEXT,
  rollback_since INTEGER,
  PRIMARY KEY (connection, event_index)
) STRICT, WITHOUT ROWID;

-- The same for each event that changed what a list tells and not what is known, as a refusal does.
CREATE TABLE summaries (
  connection     INTEGER NOT NULL,
  event_index    INTEGER NOT NULL,
  changes        INTEGER NOT NULL,
  last_index     INTEGER,
  last_at        INTEGER,
  last_by        TEXT,
  last_ticket    TEXT,
  last_what      TEXT,
  set_at         INTEGER,
  drift_at       INTEGER,
  refused_at     INTEGER,
  rollbacks      INTEGER NOT NULL,
  doubt_since    INTEGER,
  awaiting_since INTEGER,
  rollback_id    TEXT,
  rollback_since INTEGER,
  PRIMARY KEY (connection, event_index)
) STRICT, WITHOUT ROWID;

-- How an app was called from an event on.
CREATE TABLE labels (
  app_id      TEXT NOT NULL,
  event_index INTEGER NOT NULL,
  label       TEXT NOT NULL,
  name        TEXT,
  PRIMARY KEY (app_id, event_index)
) STRICT, WITHOUT ROWID;

-- Where the few events are that are asked for by their type.
CREATE TABLE places (
  type        TEXT NOT NULL,
  event_index INTEGER NOT NULL,
  PRIMARY KEY (type, event_index)
) STRICT, WITHOUT ROWID;

-- How many changes began before each so many events, so that counting those of a period reads few.
CREATE TABLE begun (
  event_index INTEGER PRIMARY KEY,
  changes     INTEGER NOT NULL
) STRICT;

-- When nobody was watching; the end is absent while it lasts.
CREATE TABLE gaps (
  first_index INTEGER PRIMARY KEY,
  last_index  INTEGER NOT NULL,
  from_at     INTEGER NOT NULL,
  to_at       INTEGER,
  cause       TEXT NOT NULL,
  detail      TEXT
) STRICT;

-- What a person may look for in an event, in lower case.
CREATE TABLE texts (
  event_index INTEGER PRIMARY KEY,
  text        TEXT NOT NULL
) STRICT;
