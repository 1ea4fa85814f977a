-- The journal: what happened, in order, for ever. Rows are added and never changed; each invariant
-- is held by the statement itself, whoever writes. `body` is the truth; the other columns of
-- `events` are copies for indexes, and verification checks that they agree with it.

CREATE TABLE migrations (
  version INTEGER PRIMARY KEY,
  name    TEXT NOT NULL UNIQUE,
  sha256  TEXT NOT NULL
) STRICT;

CREATE TABLE journal (
  one        INTEGER PRIMARY KEY CHECK (one = 1),
  id         TEXT NOT NULL,
  created_at TEXT NOT NULL
) STRICT;

CREATE TABLE events (
  "index"        INTEGER PRIMARY KEY CHECK ("index" >= 0),
  id             TEXT NOT NULL,
  type           TEXT NOT NULL,
  stream         TEXT NOT NULL,
  stream_version INTEGER NOT NULL CHECK (stream_version >= 1),
  command_id     TEXT,
  recorded_at    TEXT NOT NULL,
  leaf_hash      BLOB NOT NULL CHECK (length(leaf_hash) = 32),
  -- The root of the tree up to and including this event, kept with the last event of each commit.
  root           BLOB CHECK (length(root) = 32),
  body           TEXT NOT NULL CHECK (length(CAST(body AS BLOB)) <= 65535)
) STRICT;

CREATE UNIQUE INDEX events_by_stream ON events (stream, stream_version);
-- With the type, so that commands without an outcome are found without reading a body.
CREATE INDEX events_by_command ON events (command_id, type) WHERE command_id IS NOT NULL;

-- Full tiles of the tree: 256 hashes of 32 bytes. The last, partial tile of level 0 is the leaf
-- hashes of the last events; those above follow from the tiles below.
CREATE TABLE tiles (
  level    INTEGER NOT NULL CHECK (level >= 0),
  position INTEGER NOT NULL CHECK (position >= 0),
  hashes   BLOB NOT NULL CHECK (length(hashes) = 8192),
  PRIMARY KEY (level, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE sealed_secrets (
  id     TEXT PRIMARY KEY,
  sealed BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- The one place where bytes may go away: destroying a data key is how a secret is shredded, and a
-- new master key wraps the data keys anew. No proof depends on it.
CREATE TABLE secret_keys (
  id            TEXT PRIMARY KEY,
  wrapped       BLOB NOT NULL,
  master_key_id TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE keyring (
  name          TEXT PRIMARY KEY,
  wrapped       BLOB NOT NULL,
  master_key_id TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- REPLACE deletes the row in its way without asking a trigger on DELETE, so inserts are guarded too.
CREATE TRIGGER events_are_gapless BEFORE INSERT ON events
WHEN new."index" <> (SELECT coalesce(max("index"), -1) + 1 FROM events)
BEGIN SELECT raise(ABORT, 'events are append-only: the index must be the next one'); END;
CREATE TRIGGER streams_are_gapless BEFORE INSERT ON events
WHEN new.stream_version <>
  (SELECT coalesce(max(stream_version), 0) + 1 FROM events WHERE stream = new.stream)
BEGIN SELECT raise(ABORT, 'events are append-only: the stream version must be the next one'); END;
CREATE TRIGGER events_are_not_updated BEFORE UPDATE ON events
BEGIN SELECT raise(ABORT, 'events are append-only'); END;
CREATE TRIGGER events_are_not_deleted BEFORE DELETE ON events
BEGIN SELECT raise(ABORT, 'events are append-only'); END;

CREATE TRIGGER tiles_are_not_replaced BEFORE INSERT ON tiles
WHEN EXISTS (SELECT 1 FROM tiles WHERE level = new.level AND position = new.position)
BEGIN SELECT raise(ABORT, 'tiles are append-only'); END;
CREATE TRIGGER tiles_are_not_updated BEFORE UPDATE ON tiles
BEGIN SELECT raise(ABORT, 'tiles are append-only'); END;
CREATE TRIGGER tiles_are_not_deleted BEFORE DELETE ON tiles
BEGIN SELECT raise(ABORT, 'tiles are append-only'); END;

CREATE TRIGGER sealed_secrets_are_not_replaced BEFORE INSERT ON sealed_secrets
WHEN EXISTS (SELECT 1 FROM sealed_secrets WHERE id = new.id)
BEGIN SELECT raise(ABORT, 'sealed secrets are append-only'); END;
CREATE TRIGGER sealed_secrets_are_not_updated BEFORE UPDATE ON sealed_secrets
BEGIN SELECT raise(ABORT, 'sealed secrets are append-only'); END;
CREATE TRIGGER sealed_secrets_are_not_deleted BEFORE DELETE ON sealed_secrets
BEGIN SELECT raise(ABORT, 'sealed secrets are append-only'); END;

CREATE TRIGGER journal_is_named_once BEFORE INSERT ON journal
WHEN EXISTS (SELECT 1 FROM journal)
BEGIN SELECT raise(ABORT, 'the identity of a journal does not change'); END;
CREATE TRIGGER journal_is_not_updated BEFORE UPDATE ON journal
BEGIN SELECT raise(ABORT, 'the identity of a journal does not change'); END;
CREATE TRIGGER journal_is_not_deleted BEFORE DELETE ON journal
BEGIN SELECT raise(ABORT, 'the identity of a journal does not change'); END;

CREATE TRIGGER migrations_are_not_replaced BEFORE INSERT ON migrations
WHEN new.version <> (SELECT coalesce(max(version), 0) + 1 FROM migrations)
BEGIN SELECT raise(ABORT, 'applied migrations do not change'); END;
CREATE TRIGGER migrations_are_not_updated BEFORE UPDATE ON migrations
BEGIN SELECT raise(ABORT, 'applied migrations do not change'); END;
CREATE TRIGGER migrations_are_not_deleted BEFORE DELETE ON migrations
BEGIN SELECT raise(ABORT, 'applied migrations do not change'); END;
