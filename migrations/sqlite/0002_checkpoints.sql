-- What the log has said of itself: the key that it signs with, the heads that it signed, and what
-- witnesses put under them. A signed head binds for ever, so rows are added and never changed.

CREATE TABLE log_key (
  one       INTEGER PRIMARY KEY CHECK (one = 1),
  vkey      TEXT NOT NULL,
  -- Signed with this key: which journal it speaks for. It binds the row of `journal`, too.
  statement TEXT NOT NULL
) STRICT;

CREATE TABLE checkpoints (
  size INTEGER PRIMARY KEY CHECK (size >= 0),
  note TEXT NOT NULL
) STRICT;

-- The line of one witness under one checkpoint.
CREATE TABLE cosignatures (
  size    INTEGER NOT NULL CHECK (size >= 0),
  witness TEXT NOT NULL,
  line    TEXT NOT NULL,
  PRIMARY KEY (size, witness)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER log_key_is_made_once BEFORE INSERT ON log_key
WHEN EXISTS (SELECT 1 FROM log_key)
BEGIN SELECT raise(ABORT, 'the key of a log does not change'); END;
CREATE TRIGGER log_key_is_not_updated BEFORE UPDATE ON log_key
BEGIN SELECT raise(ABORT, 'the key of a log does not change'); END;
CREATE TRIGGER log_key_is_not_deleted BEFORE DELETE ON log_key
BEGIN SELECT raise(ABORT, 'the key of a log does not change'); END;

CREATE TRIGGER checkpoints_grow BEFORE INSERT ON checkpoints
WHEN new.size <= (SELECT max(size) FROM checkpoints)
BEGIN SELECT raise(ABORT, 'checkpoints are append-only: the size must be a larger one'); END;
CREATE TRIGGER checkpoints_are_of_what_is_there BEFORE INSERT ON checkpoints
WHEN new.size > (SELECT coalesce(max("index"), -1) + 1 FROM events)
BEGIN SELECT raise(ABORT, 'a checkpoint is of events that are there'); END;
CREATE TRIGGER checkpoints_are_not_updated BEFORE UPDATE ON checkpoints
BEGIN SELECT raise(ABORT, 'checkpoints are append-only'); END;
CREATE TRIGGER checkpoints_are_not_deleted BEFORE DELETE ON checkpoints
BEGIN SELECT raise(ABORT, 'checkpoints are append-only'); END;

CREATE TRIGGER cosignatures_are_of_checkpoints BEFORE INSERT ON cosignatures
WHEN NOT EXISTS (SELECT 1 FROM checkpoints WHERE size = new.size)
BEGIN SELECT raise(ABORT, 'a cosignature stands under a checkpoint'); END;
CREATE TRIGGER cosignatures_are_not_replaced BEFORE INSERT ON cosignatures
WHEN EXISTS (SELECT 1 FROM cosignatures WHERE size = new.size AND witness = new.witness)
BEGIN SELECT raise(ABORT, 'cosignatures are append-only'); END;
CREATE TRIGGER cosignatures_are_not_updated BEFORE UPDATE ON cosignatures
BEGIN SELECT raise(ABORT, 'cosignatures are append-only'); END;
CREATE TRIGGER cosignatures_are_not_deleted BEFORE DELETE ON cosignatures
BEGIN SELECT raise(ABORT, 'cosignatures are append-only'); END;
