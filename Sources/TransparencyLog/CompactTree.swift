/// A tree of which only the roots of its perfect subtrees are known: enough to go on from a size
/// and to know the root.
package struct CompactTree: Sendable {
  package private(set) var size = 0
  /// Roots of perfect subtrees, the largest first; their sizes are the set bits of `size`.
  private(set) var peaks: [NodeHash] = []

  init(over leaves: [NodeHash] = []) {
    for leaf in leaves { append(leaf) }
  }

  /// - Parameter peaks: the largest first, one for each set bit of the size.
  package init?(size: Int, peaks: [NodeHash]) {
    guard size >= 0, peaks.count == size.nonzeroBitCount else { return nil }
    self.init(restoring: size, peaks)
  }

  init(restoring size: Int, _ peaks: [NodeHash]) {
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

  package var root: NodeHash { root(adding: []) }

  /// The root with smaller perfect subtrees behind what is there.
  func root(adding more: [NodeHash]) -> NodeHash {
    let peaks = peaks + more
    guard var root = peaks.last else { return .emptyRoot }
    for peak in peaks.dropLast().reversed() { root = .node(peak, root) }
    return root
  }
}
