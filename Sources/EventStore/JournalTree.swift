import GRDB
import Synchronization
import TransparencyLog

/// The tree over the journal's events, out of its tiles and leaf hashes, in one snapshot. No body
/// is read.
struct JournalTree {
  private let database: Database
  private let roots: TileRoots
  private var tiles = TileHashes()

  init(_ database: Database, _ roots: TileRoots = TileRoots()) {
    self.database = database
    self.roots = roots
  }

  mutating func hash(_ subtree: Subtree) throws -> NodeHash {
    let (database, roots) = (database, roots)
    let hash = try tiles.hash(of: subtree) { level, position in
      try Self.hashes(database, level: level, position: position, roots)
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
    _ database: Database, level: Int, position: Int, _ roots: TileRoots
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
    return try full.compactMap { position in
      try roots.root(TileRoots.Place(level: level - 1, position: position)) {
        try stored(database, level: level - 1, position: position).map {
          Tile.root(over: $0[...])
        }
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

/// The roots of full tiles, which never change: computed once, since 255 hashes each would be most
/// of the work of a proof.
final class TileRoots: Sendable {
  struct Place: Hashable {
    var level: Int
    var position: Int
  }

  private let known = Mutex<[Place: NodeHash]>([:])

  func root(_ place: Place, _ compute: () throws -> NodeHash?) rethrows -> NodeHash? {
    if let found = known.withLock({ $0[place] }) { return found }
    guard let root = try compute() else { return nil }
    known.withLock { $0[place] = root }
    return root
  }
}
