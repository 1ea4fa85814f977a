/// RFC 6962 section 2.1.1: that the tree of a size has this leaf at this index.
package struct InclusionProof: Hashable, Sendable {
  package var index: Int
  package var size: Int
  /// The leaf's sibling first.
  package var hashes: [NodeHash]

  package init(index: Int, size: Int, hashes: [NodeHash]) {
    self.index = index
    self.size = size
    self.hashes = hashes
  }

  /// Makes the proof from the hashes of perfect subtrees.
  package init(
    index: Int, size: Int, _ hash: (Subtree) throws -> NodeHash
  ) rethrows {
    precondition((0..<size).contains(index), "a leaf that is not in the tree has no proof")
    self.init(
      index: index, size: size,
      hashes: try Self.siblings(index, size).map { try Subtree.root(over: $0, hash) })
  }

  /// The runs of leaves whose roots the proof holds, in its order.
  private static func siblings(_ index: Int, _ size: Int) -> [Range<Int>] {
    var siblings: [Range<Int>] = []
    var (start, end) = (0, size)
    while end - start > 1 {
      let middle = start + largestPowerOfTwo(below: end - start)
      if index < middle {
        siblings.append(middle..<end)
        end = middle
      } else {
        siblings.append(start..<middle)
        start = middle
      }
    }
    return siblings.reversed()
  }

  /// The root that the proof leads to from a leaf (RFC 9162 section 2.1.3.2); `nil` when a tree of
  /// its size has another shape.
  package func root(from leaf: NodeHash) -> NodeHash? {
    guard index >= 0, index < size else { return nil }
    var walk = ProofWalk(index, size - 1)
    var root = leaf
    for hash in hashes {
      guard let side = walk.step() else { return nil }
      root = side == .left ? .node(hash, root) : .node(root, hash)
    }
    return walk.isAtRoot ? root : nil
  }
}

/// RFC 6962 section 2.1.2: that a tree grew out of an earlier one, and nothing in it was changed.
package struct ConsistencyProof: Hashable, Sendable {
  package var oldSize: Int
  package var newSize: Int
  package var hashes: [NodeHash]

  package init(from oldSize: Int, to newSize: Int, hashes: [NodeHash]) {
    self.oldSize = oldSize
    self.newSize = newSize
    self.hashes = hashes
  }

  /// Makes the proof from the hashes of perfect subtrees. It is empty from nothing, and from a tree
  /// to itself.
  package init(
    from oldSize: Int, to newSize: Int, _ hash: (Subtree) throws -> NodeHash
  ) rethrows {
    precondition((0...newSize).contains(oldSize), "a tree does not grow out of a larger one")
    self.init(
      from: oldSize, to: newSize,
      hashes: try Self.parts(oldSize, newSize).map { try Subtree.root(over: $0, hash) })
  }

  private static func parts(_ oldSize: Int, _ newSize: Int) -> [Range<Int>] {
    guard oldSize > 0, oldSize < newSize else { return [] }
    var parts: [Range<Int>] = []
    var (start, end) = (0, newSize)
    var isKnown = true
    while oldSize != end {
      let middle = start + largestPowerOfTwo(below: end - start)
      if oldSize <= middle {
        parts.append(middle..<end)
        end = middle
      } else {
        parts.append(start..<middle)
        start = middle
        isKnown = false
      }
    }
    if !isKnown { parts.append(start..<end) }
    return parts.reversed()
  }

  /// Whether the proof leads from one root to the other (RFC 9162 section 2.1.4.2).
  package func leads(from oldRoot: NodeHash, to newRoot: NodeHash) -> Bool {
    guard oldSize >= 0, oldSize <= newSize else { return false }
    if oldSize == 0 { return hashes.isEmpty && oldRoot == .emptyRoot }
    if oldSize == newSize { return hashes.isEmpty && oldRoot == newRoot }
    let isWhole = oldSize & (oldSize - 1) == 0
    let path = (isWhole ? [oldRoot] : []) + hashes
    guard let first = path.first else { return false }
    var walk = ProofWalk(oldSize - 1, newSize - 1)
    walk.rise()
    var (old, new) = (first, first)
    for hash in path.dropFirst() {
      guard let side = walk.step() else { return false }
      if side == .left {
        old = .node(hash, old)
        new = .node(hash, new)
      } else {
        new = .node(new, hash)
      }
    }
    return walk.isAtRoot && old == oldRoot && new == newRoot
  }
}

/// The way from a node up to the root, as RFC 9162 walks it: `fn` and `sn` of its text.
private struct ProofWalk {
  enum Side { case left, right }

  private var node: Int
  private var last: Int
  var isAtRoot: Bool { last == 0 }

  init(_ node: Int, _ last: Int) {
    self.node = node
    self.last = last
  }

  /// On which side the next hash of the proof stands; `nil` above the root.
  mutating func step() -> Side? {
    guard last != 0 else { return nil }
    let isLeft = node & 1 == 1 || node == last
    if isLeft, node & 1 == 0 {
      repeat {
        node >>= 1
        last >>= 1
      } while node & 1 == 0 && node != 0
    }
    node >>= 1
    last >>= 1
    return isLeft ? .left : .right
  }

  /// Up while the node is a right child.
  mutating func rise() {
    while node & 1 == 1 {
      node >>= 1
      last >>= 1
    }
  }
}

/// RFC 6962's k: the largest power of two that is smaller than n, for n of at least 2.
private func largestPowerOfTwo(below n: Int) -> Int {
  1 << (Int.bitWidth - 1 - (n - 1).leadingZeroBitCount)
}
