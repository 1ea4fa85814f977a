import TransparencyLog

/// The hashes of every perfect subtree over the leaves of one tile, by height. The roots at all
/// sizes within the tile are made of them without hashing a leaf twice.
struct TileRows: Sendable {
  private var rows: [[NodeHash]]

  /// - Parameter leaves: at most 256.
  init(_ leaves: [NodeHash]) {
    rows = [leaves]
    while let row = rows.last, row.count > 1 {
      rows.append(
        stride(from: 0, to: row.count - 1, by: 2).map { .node(row[$0], row[$0 + 1]) })
    }
  }

  var leaves: [NodeHash] { rows[0] }
  var isFull: Bool { rows[0].count == Tile.width }
  /// Of a full tile.
  var root: NodeHash { rows[rows.count - 1][0] }

  /// The roots of the perfect subtrees over the first leaves, the largest first.
  func peaks(ofFirst count: Int) -> [NodeHash] {
    var peaks: [NodeHash] = []
    var start = 0
    for height in (0...Tile.height).reversed() where count & 1 << height != 0 {
      peaks.append(rows[height][start >> height])
      start += 1 << height
    }
    return peaks
  }
}

/// The tree above the tiles of level 0: grows by their roots, and gives the root at any size within
/// the next tile.
struct TileTree: Sendable {
  private var above = GrowingTree()

  /// - Returns: the tiles that were filled by it, of level 1 and higher.
  mutating func append(_ root: NodeHash) -> [Tile] {
    above.append(root).map { tile in
      Tile(level: tile.level + 1, position: tile.position, hashes: tile.hashes)
    }
  }

  func root(adding peaks: [NodeHash]) -> NodeHash { above.root(adding: peaks) }
}
