/// A perfect subtree: the `position`th run of 2^height leaves, counted from the left. Its hash
/// never changes once its leaves are there, so proofs are made of these.
package struct Subtree: Hashable, Sendable {
  package var height: Int
  package var position: Int

  package init(height: Int, position: Int) {
    self.height = height
    self.position = position
  }

  package var leaves: Range<Int> { position << height..<(position + 1) << height }

  /// The perfect subtrees that make up a run of leaves, from left to right.
  package static func covering(_ leaves: Range<Int>) -> [Subtree] {
    var subtrees: [Subtree] = []
    var start = leaves.lowerBound
    while start < leaves.upperBound {
      let widest = Int.bitWidth - 1 - (leaves.upperBound - start).leadingZeroBitCount
      let height = min(widest, start.trailingZeroBitCount)
      subtrees.append(Subtree(height: height, position: start >> height))
      start += 1 << height
    }
    return subtrees
  }

  /// RFC 6962 section 2.1 over a run of leaves that occurs in its recursion.
  package static func root(
    over leaves: Range<Int>, _ hash: (Subtree) throws -> NodeHash
  ) rethrows -> NodeHash {
    let peaks = try covering(leaves).map(hash)
    guard var root = peaks.last else { return .emptyRoot }
    for peak in peaks.dropLast().reversed() { root = .node(peak, root) }
    return root
  }

  /// Where its hash is found in tiles: `1 << height % 8` neighbours of one tile make it.
  package var placeInTiles: (level: Int, tile: Int, hashes: Range<Int>) {
    let level = height / Tile.height
    let width = 1 << (height % Tile.height)
    let first = position * width
    let offset = first % Tile.width
    return (level, first / Tile.width, offset..<offset + width)
  }
}

/// Hashes of subtrees, taken from tiles. A tile is read once, however many hashes it gives.
package struct TileHashes: Sendable {
  private struct Place: Hashable {
    var level: Int
    var tile: Int
  }

  private var kept: [Place: [NodeHash]] = [:]

  package init() {}

  /// - Parameter read: gives the hashes of a tile, or as many of them as there are.
  /// - Returns: `nil` when the tile has too few.
  package mutating func hash(
    of subtree: Subtree, _ read: (_ level: Int, _ tile: Int) throws -> [NodeHash]
  ) rethrows -> NodeHash? {
    let (level, tile, range) = subtree.placeInTiles
    let place = Place(level: level, tile: tile)
    let hashes = try kept[place] ?? read(level, tile)
    kept[place] = hashes
    guard range.upperBound <= hashes.count else { return nil }
    return Tile.root(over: hashes[range])
  }
}

extension Tile {
  /// A tile is this many levels of the tree high: 2^8 hashes.
  package static let height = 8

  /// The root over neighbouring hashes, of which there are a power of two.
  package static func root(over hashes: ArraySlice<NodeHash>) -> NodeHash {
    var row = Array(hashes)
    while row.count > 1 {
      row = stride(from: 0, to: row.count, by: 2).map { .node(row[$0], row[$0 + 1]) }
    }
    return row[0]
  }
}
