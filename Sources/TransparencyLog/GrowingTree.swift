/// The right edge of the RFC 6962 tree: all that is needed to add leaves and to know the root.
///
/// It keeps, for each level of tiles, the hashes of the tile that is not full yet, and the roots of
/// the perfect subtrees from left to right. A leaf costs two hashes on average, a root one for each
/// set bit of the size.
package struct GrowingTree: Sendable {
  private var edge = CompactTree()
  /// The hashes of the tile that is not full, by level; level L holds roots of 256^L leaves.
  private var partial: [[NodeHash]] = [[]]

  package var size: Int { edge.size }

  package init() {}

  /// Rebuilds the edge from what is stored: the hashes of the last, partial tile of each level.
  ///
  /// - Parameter partial: level 0 first; each level has fewer than 256 hashes.
  package init(restoring partial: [[NodeHash]]) {
    precondition(partial.allSatisfy { $0.count < Tile.width }, "a full tile is not partial")
    if !partial.isEmpty { self.partial = partial }
    edge = CompactTree(
      restoring: partial.enumerated().reduce(0) { size, level in
        size + level.element.count * Self.leaves(at: level.offset)
      }, partial.reversed().flatMap { CompactTree(over: $0).peaks })
  }

  /// Adds one leaf and returns the tiles that it filled, the lowest level first.
  package mutating func append(_ leaf: NodeHash) -> [Tile] {
    edge.append(leaf)
    return fill(level: 0, leaf)
  }

  package var root: NodeHash { root(adding: []) }

  /// The root with smaller perfect subtrees behind what is there.
  package func root(adding more: [NodeHash]) -> NodeHash {
    edge.root(adding: more)
  }

  private mutating func fill(level: Int, _ hash: NodeHash) -> [Tile] {
    if partial.count == level { partial.append([]) }
    partial[level].append(hash)
    guard partial[level].count == Tile.width else { return [] }
    let hashes = partial[level]
    partial[level] = []
    let position = size / Self.leaves(at: level + 1) - 1
    let tile = Tile(level: level, position: position, hashes: hashes)
    return [tile] + fill(level: level + 1, tile.root)
  }

  /// The leaves under one hash of this level.
  package static func leaves(at level: Int) -> Int {
    (0..<level).reduce(1) { leaves, _ in leaves * Tile.width }
  }
}

/// 256 neighbouring hashes of one level (c2sp.org/tlog-tiles).
package struct Tile: Hashable, Sendable {
  package static let width = 256

  package var level: Int
  /// The tile's number in its level, from 0.
  package var position: Int
  package var hashes: [NodeHash]

  package init(level: Int, position: Int, hashes: [NodeHash]) {
    self.level = level
    self.position = position
    self.hashes = hashes
  }

  /// The hash that stands for this tile one level up.
  package var root: NodeHash { Self.root(over: hashes[...]) }

  /// The hashes one after another, 8,192 bytes for a full tile.
  package var bytes: [UInt8] { hashes.flatMap(\.bytes) }

  /// Splits stored bytes into hashes; `nil` when they are no whole number of hashes.
  package static func hashes(_ bytes: [UInt8]) -> [NodeHash]? {
    guard bytes.count.isMultiple(of: NodeHash.byteCount) else { return nil }
    return stride(from: 0, to: bytes.count, by: NodeHash.byteCount).compactMap {
      NodeHash(bytes: bytes[$0..<$0 + NodeHash.byteCount])
    }
  }
}
