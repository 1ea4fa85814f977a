/// A tree of which only the roots of its perfect subtrees are known: enough to go on from a size
/// and to know the root.
package struct CompactTree: Sendable {
  package private(set) var size: Int
  private var peaks: [NodeHash]

  /// - Parameter peaks: the largest first, one for each set bit of the size.
  package init?(size: Int, peaks: [NodeHash]) {
    guard size >= 0, peaks.count == size.nonzeroBitCount else { return nil }
    self.size = size
    self.peaks = peaks
  }

  package mutating func append(_ leaf: NodeHash) {
    var hash = leaf
    var bits = size
    while bits & 1 == 1 {
      hash = .node(peaks.removeLast(), hash)
      bits >>= 1
    }
    peaks.append(hash)
    size += 1
  }

  package var root: NodeHash {
    guard var root = peaks.last else { return .emptyRoot }
    for peak in peaks.dropLast().reversed() { root = .node(peak, root) }
    return root
  }
}
