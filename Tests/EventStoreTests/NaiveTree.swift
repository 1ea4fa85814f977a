import Connections
import TransparencyLog

/// RFC 6962 section 2.1 as it is written there: recursive, slow, and without a state to go wrong.
enum NaiveTree {
  static func root(_ leaves: some Collection<NodeHash>) -> NodeHash {
    guard let first = leaves.first else { return .emptyRoot }
    guard leaves.count > 1 else { return first }
    // The largest power of two smaller than the number of leaves.
    var split = 1
    while split * 2 < leaves.count { split *= 2 }
    return .node(root(leaves.prefix(split)), root(leaves.dropFirst(split)))
  }

  static func root(of events: [Event]) -> NodeHash {
    root(events.map { NodeHash.leaf($0.canonicalBytes) })
  }
}
