import GRDB
import Synchronization
import TransparencyLog

/// The tree over the journal's events, out of its tiles and leaf hashes, in one snapshot. No body
/// is read.
struct JournalTree {
  private let database: Database
  private let known: KnownSubtrees
  private var tiles = TileHashes()

  init(_ database: Database, _ known: KnownSubtrees = KnownSubtrees()) {
    self.database = database
    self.known = known
  }

  mutating func hash(_ subtree: Subtree) throws -> NodeHash {
    guard subtree.height >= Tile.height else { return try computed(subtree) }
    return try known.hash(subtree) { try computed(subtree) }
  }

  private mutating func computed(_ subtree: Subtree) throws -> NodeHash {
    let (database, known) = (database, known)
    let hash = try tiles.hash(of: subtree) { level, position in
      try Self.hashes(database, level: level, position: position, known)
    }
    guard let hash else {
      throw StorageFault(isFull: false, description: "a tile of level \(subtree.height / 8) is cut")
    }
    return hash
  }

  mutating func root(ofFirst size: Int) throws -> NodeHash {
    try Subtree.root(over: 0..<size) { try hash($0) }
  }

  /// The hashes of a tile, or as many of them as there are yet.
  static func hashes(
    _ database: Database, level: Int, position: Int, _ known: KnownSubtrees
  ) throws -> [NodeHash] {
    if let stored = try stored(database, level: level, position: position) { return stored }
    let below = position * Tile.width..<(position + 1) * Tile.width
    guard level > 0 else {
      return try Row.fetchAll(
        database.cachedStatement(
          sql: """
            SELECT leaf_hash FROM events WHERE "index" >= ? AND "index" < ? ORDER BY "index"
            """), arguments: [below.lowerBound, below.upperBound]
      ).compactMap { NodeHash(bytes: $0.bytes(0)) }
    }
    let full = try Int.fetchAll(
      database.cachedStatement(
        sql: """
          SELECT position FROM tiles WHERE level = ? AND position >= ? AND position < ?
          ORDER BY position
          """), arguments: [level - 1, below.lowerBound, below.upperBound])
    return try full.map { position in
      try known.hash(Subtree(height: level * Tile.height, position: position)) {
        guard let tile = try stored(database, level: level - 1, position: position) else {
          throw StorageFault(isFull: false, description: "a tile of level \(level - 1) is gone")
        }
        return Tile.root(over: tile[...])
      }
    }
  }

  private static func stored(
    _ database: Database, level: Int, position: Int
  ) throws -> [NodeHash]? {
    let row = try Row.fetchOne(
      database.cachedStatement(
        sql: "SELECT hashes FROM tiles WHERE level = ? AND position = ?"),
      arguments: [level, position])
    guard let row else { return nil }
    guard let hashes = Tile.hashes(row.bytes(0)), hashes.count == Tile.width else {
      throw StorageFault(
        isFull: false, description: "tile \(position) of level \(level) is torn")
    }
    return hashes
  }
}

/// Subtrees of whole tiles, whose hashes never change: computed once, since 255 hashes each would
/// be most of the work of a proof. There are two for 256 events.
final class KnownSubtrees: Sendable {
  private let known = Mutex<[Subtree: NodeHash]>([:])

  func hash(_ subtree: Subtree, _ compute: () throws -> NodeHash) rethrows -> NodeHash {
    if let found = known.withLock({ $0[subtree] }) { return found }
    let hash = try compute()
    known.withLock { $0[subtree] = hash }
    return hash
  }
}
