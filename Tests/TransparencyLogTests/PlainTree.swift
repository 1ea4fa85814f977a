import TransparencyLog

/// RFC 6962 section 2.1 as it is written, without any of the cleverness of a growing tree.
enum PlainTree {
  /// The Merkle Tree Hash of a list of leaf hashes.
  static func root(_ leaves: ArraySlice<NodeHash>) -> NodeHash {
    guard leaves.count > 1 else { return leaves.first ?? .emptyRoot }
    var left = 1
    while left * 2 < leaves.count { left *= 2 }
    let middle = leaves.startIndex + left
    return .node(root(leaves[..<middle]), root(leaves[middle...]))
  }

  /// The hashes of one level of tiles: the roots of each whole run of 256^level leaves.
  static func hashes(level: Int, of leaves: ArraySlice<NodeHash>) -> [NodeHash] {
    let width = (0..<level).reduce(1) { width, _ in width * 256 }
    return (0..<leaves.count / width).map { root(leaves[($0 * width)..<(($0 + 1) * width)]) }
  }

  /// What a store keeps beside its full tiles: the last, partial tile of each level.
  static func partialTiles(of leaves: ArraySlice<NodeHash>) -> [[NodeHash]] {
    var levels: [[NodeHash]] = []
    var width = 1
    while width <= leaves.count {
      let hashes = hashes(level: levels.count, of: leaves)
      levels.append(Array(hashes[(hashes.count / 256 * 256)...]))
      width *= 256
    }
    return levels
  }

  /// As many leaves as asked for, each of another entry.
  static func leaves(_ count: Int) -> [NodeHash] {
    (0..<count).map { number in
      .leaf((0..<4).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) })
    }
  }
}
