import Connections
import GRDB
import TransparencyLog

extension JournalEnd {
  /// Reads the end of the journal: the partial tiles, and the moment of the last event.
  ///
  /// - Throws: `JournalOpenFault.damaged` when the tree that the rows give is not the one whose
  ///   root was kept, which is how a lost or exchanged end shows.
  static func read(_ database: Database, checkingAgainst path: String) throws -> JournalEnd {
    let size = try Int.fetchOne(database, sql: #"SELECT max("index") + 1 FROM events"#) ?? 0
    var end = JournalEnd()
    end.tree = GrowingTree(restoring: try partialTiles(database, size: size, path: path))
    guard end.tree.size == size else {
      throw JournalOpenFault.damaged(
        path: path, reason: "it has \(end.tree.size) events, and the last index is \(size - 1)")
    }
    let last = try Row.fetchOne(
      database, sql: #"SELECT recorded_at, root FROM events ORDER BY "index" DESC LIMIT 1"#)
    guard let last else { return end }
    guard let moment = Instant(last[0] as String) else {
      throw JournalOpenFault.damaged(path: path, reason: "its last event has no time")
    }
    end.lastRecordedAt = moment
    guard last.bytes(1) == end.tree.root.bytes else {
      throw JournalOpenFault.damaged(
        path: path, reason: "its last events do not give the root that was kept with them")
    }
    return end
  }

  /// The hashes of the last tile of each level, level 0 first: leaves of the last events, then
  /// roots of the full tiles below.
  private static func partialTiles(
    _ database: Database, size: Int, path: String
  ) throws -> [[NodeHash]] {
    var levels: [[NodeHash]] = []
    let leaves = try Row.fetchAll(
      database, sql: #"SELECT leaf_hash FROM events WHERE "index" >= ? ORDER BY "index""#,
      arguments: [size / Tile.width * Tile.width])
    levels.append(leaves.compactMap { NodeHash(bytes: $0.bytes(0)) })
    var tiles = size / Tile.width
    while tiles > 0 {
      let level = levels.count - 1
      let first = tiles / Tile.width * Tile.width
      let rows = try Row.fetchAll(
        database,
        sql: "SELECT position, hashes FROM tiles WHERE level = ? AND position >= ? ORDER BY 1",
        arguments: [level, first])
      guard rows.map({ $0[0] as Int }) == Array(first..<tiles) else {
        throw JournalOpenFault.damaged(path: path, reason: "tiles of level \(level) are missing")
      }
      levels.append(
        try rows.map { row in
          guard let hashes = Tile.hashes(row.bytes(1)), hashes.count == Tile.width else {
            throw JournalOpenFault.damaged(path: path, reason: "a tile of level \(level) is torn")
          }
          return Tile(level: level, position: 0, hashes: hashes).root
        })
      tiles /= Tile.width
    }
    return levels
  }

  static func stream(_ stream: StreamID, in database: Database) throws -> StreamEnd? {
    try Row.fetchOne(
      database.cachedStatement(
        sql: """
          SELECT stream_version, "index" FROM events
          WHERE stream = ? ORDER BY stream_version DESC LIMIT 1
          """), arguments: [stream.description]
    ).map { StreamEnd(version: $0[0], index: $0[1]) }
  }
}
