import Testing

/// A change past the triggers, and where the verifier must say that something is wrong.
struct Tampering: Sendable, CustomTestStringConvertible {
  let testDescription: String
  let sql: String
  /// The index of an event, or none for another row, and words of the problem.
  let places: [(index: Int?, words: String)]
  /// Nothing else may be called wrong.
  let isExact: Bool

  init(
    _ testDescription: String, _ sql: String, exactly isExact: Bool = false,
    _ places: (index: Int?, words: String)...
  ) {
    self.testDescription = testDescription
    self.sql = sql
    self.places = places
    self.isExact = isExact
  }

  /// A second fault, later in the journal than most.
  static let second = #"UPDATE events SET type = 'other' WHERE "index" = 50"#

  private static func column(_ name: String, _ value: String) -> Tampering {
    Tampering(
      "\(name) = \(value)", #"UPDATE events SET \#(name) = \#(value) WHERE "index" = 30"#,
      exactly: true, (30, "column \(name)"))
  }

  private static func rows(_ name: String, _ sql: String, _ indexes: Int?...) -> Tampering {
    Tampering(name, sql, places: indexes.map { ($0, "") })
  }

  private init(_ name: String, _ sql: String, places: [(index: Int?, words: String)]) {
    testDescription = name
    self.sql = sql
    self.places = places
    isExact = false
  }

  /// The event 30 is the intent of an update and brings a secret.
  static let ofEvents = [
    column("id", "'0192f0c1-2f3a-7bbb-8ccc-1234567890ab'"),
    column("type", "'command.refused'"),
    column("stream", "'app/other'"),
    column("stream_version", "999"),
    column("command_id", "'0192f0c1-2f3a-7bbb-8ccc-1234567890ab'"),
    column("command_id", "NULL"),
    column("recorded_at", "'2026-11-23T08:00:00.000001Z'"),
    Tampering(
      "leaf_hash", #"UPDATE events SET leaf_hash = zeroblob(32) WHERE "index" = 30"#,
      exactly: true, (30, "hash")),
    Tampering(
      "body", #"UPDATE events SET body = replace(body, 'Anna', 'Bert') WHERE "index" = 30"#,
      (30, "hash"), (30, "root"), (31, "root"), (59, "root")),
    Tampering(
      "body without sense", #"UPDATE events SET body = '{}' WHERE "index" = 30"#,
      (30, "hash"), (30, "cannot be read"), (59, "root")),
    Tampering(
      "index", #"UPDATE events SET "index" = 70 WHERE "index" = 30"#,
      (30, "missing"), (60, "missing"), (70, "index 30")),
    rows("a row less", #"DELETE FROM events WHERE "index" = 30"#, 30, 59),
    rows(
      "rows exchanged",
      """
      UPDATE events SET "index" = 1000 WHERE "index" = 30;
      UPDATE events SET "index" = 30 WHERE "index" = 31;
      UPDATE events SET "index" = 31 WHERE "index" = 1000;
      """, 30, 31),
    rows(
      "a row more at the end",
      """
      INSERT INTO events
      SELECT 60, id, type, 'app/new', 1, command_id, recorded_at, leaf_hash, root, body
      FROM events WHERE "index" = 59
      """, 60),
    rows(
      "a row more between",
      """
      UPDATE events SET "index" = "index" + 1000 WHERE "index" >= 30;
      UPDATE events SET "index" = "index" - 999 WHERE "index" >= 1000;
      INSERT INTO events
      SELECT 30, id, type, 'app/new', 1, command_id, recorded_at, leaf_hash, root, body
      FROM events WHERE "index" = 29
      """, 30, 31, 60),
  ]

  static let ofRoots = [
    Tampering(
      "a root", #"UPDATE events SET root = zeroblob(32) WHERE "index" = 30"#, exactly: true,
      (30, "root")),
    Tampering(
      "the last root less", #"UPDATE events SET root = NULL WHERE "index" = 59"#, exactly: true,
      (nil, "root")),
    Tampering("all roots less", "UPDATE events SET root = NULL", exactly: true, (nil, "root")),
    Tampering(
      "a root moved",
      #"UPDATE events SET root = (SELECT root FROM events WHERE "index" = 59) WHERE "index" = 58"#,
      exactly: true, (58, "root")),
  ]

  private static let secret = """
    (SELECT body ->> '$.data.command.content.token.id' FROM events WHERE "index" = 30)
    """

  static let ofSecrets = [
    Tampering(
      "a sealed secret", "UPDATE sealed_secrets SET sealed = x'00' WHERE id = \(secret)",
      exactly: true, (30, "sealed secret")),
    Tampering(
      "a sealed secret less", "DELETE FROM sealed_secrets WHERE id = \(secret)", exactly: true,
      (30, "missing")),
    Tampering(
      "a sealed secret more", "INSERT INTO sealed_secrets VALUES ('new', x'00')", exactly: true,
      (nil, "sealed secret new belongs to no event")),
    Tampering(
      "a sealed secret under another id",
      "UPDATE sealed_secrets SET id = 'new' WHERE id = \(secret)", (30, "missing")),
  ]

  static let ofTiles = [
    Tampering(
      "the hashes of a tile", "UPDATE tiles SET hashes = zeroblob(8192)", exactly: true,
      (nil, "tile 0 of level 0")),
    Tampering(
      "the position of a tile", "UPDATE tiles SET position = 7", exactly: true,
      (nil, "tile 0 of level 0")),
    Tampering(
      "the level of a tile", "UPDATE tiles SET level = 1", exactly: true,
      (nil, "tile 0 of level 0")),
    Tampering("a tile less", "DELETE FROM tiles", exactly: true, (nil, "tile 0 of level 0")),
    Tampering(
      "a tile more", "INSERT INTO tiles VALUES (0, 1, zeroblob(8192))", exactly: true,
      (nil, "tiles")),
  ]
}
