import TransparencyLog

/// The proofs of RFC 6962 section 2.1, written down as its recursion, with the roots of runs of
/// leaves looked up where they were computed before.
final class PlainProofs {
  private let leaves: [NodeHash]
  private var roots: [Range<Int>: NodeHash] = [:]

  init(_ leaves: [NodeHash]) { self.leaves = leaves }

  func root(_ run: Range<Int>) -> NodeHash {
    if run.isEmpty { return .emptyRoot }
    if run.count == 1 { return leaves[run.lowerBound] }
    if let known = roots[run] { return known }
    let middle = Self.middle(run)
    let root = NodeHash.node(
      root(run.lowerBound..<middle), root(middle..<run.upperBound))
    roots[run] = root
    return root
  }

  /// `PATH(m, D[n])`.
  func path(_ index: Int, _ run: Range<Int>) -> [NodeHash] {
    guard run.count > 1 else { return [] }
    let middle = Self.middle(run)
    return index < middle
      ? path(index, run.lowerBound..<middle) + [root(middle..<run.upperBound)]
      : path(index, middle..<run.upperBound) + [root(run.lowerBound..<middle)]
  }

  /// `PROOF(m, D[n])`.
  func proof(_ old: Int, _ size: Int) -> [NodeHash] {
    old == 0 ? [] : subproof(old, 0..<size, true)
  }

  private func subproof(_ old: Int, _ run: Range<Int>, _ isWhole: Bool) -> [NodeHash] {
    if old == run.upperBound { return isWhole ? [] : [root(run)] }
    let middle = Self.middle(run)
    return old <= middle
      ? subproof(old, run.lowerBound..<middle, isWhole) + [root(middle..<run.upperBound)]
      : subproof(old, middle..<run.upperBound, false) + [root(run.lowerBound..<middle)]
  }

  private static func middle(_ run: Range<Int>) -> Int {
    var left = 1
    while left * 2 < run.count { left *= 2 }
    return run.lowerBound + left
  }
}

/// A small generator whose numbers are the same in each run.
struct CountedNumbers {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func below(_ bound: Int) -> Int {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return Int(state >> 33) % bound
  }
}
