package import Connections
package import TransparencyLog

/// That nothing else happened to a connection between two points of the log.
///
/// Each event names the one before it of the same connection. So the first event at or after the
/// second point, whose `previous` lies before the first point, proves that there is none between.
/// Where no later event closes the gap, the entries up to the end of the log are shown themselves.
package struct AbsenceProof: Hashable, Sendable {
  package var appID: AppID
  /// From this index on.
  package var from: Int
  /// Before this index.
  package var to: Int
  /// Those that did happen in between, and the one that closes the gap.
  package var links: [Link]
  package var tail: Tail?
  /// A signed note.
  package var checkpoint: [UInt8]

  package struct Link: Hashable, Sendable {
    package var index: Int
    package var entry: [UInt8]
    package var hashes: [NodeHash]
  }

  /// Every entry from an index up to the end, and the roots of what lies before.
  package struct Tail: Hashable, Sendable {
    package var from: Int
    package var peaks: [NodeHash]
    package var entries: [[UInt8]]
  }

  package init(
    of appID: AppID, _ range: Range<Int>, links: [Link], tail: Tail?, checkpoint: [UInt8]
  ) {
    self.appID = appID
    from = range.lowerBound
    to = range.upperBound
    self.links = links
    self.tail = tail
    self.checkpoint = checkpoint
  }

  package static let header = "hindsight/absence@v1"

  /// What a proof between two points that are one does not tell.
  static let emptiness = "not proved: that nothing happened, for the two points are one"

  // MARK: - Checking

  /// - Returns: the indexes of what did happen in between, and the checkpoint.
  package func check(
    _ policy: TrustPolicy
  ) throws(AbsenceFault) -> (happened: [Int], checkpoint: CheckedCheckpoint) {
    let opened: CheckedCheckpoint
    do throws(CheckpointFault) { opened = try policy.open(checkpoint) } catch {
      throw .checkpoint(error)
    }
    let head = opened.checkpoint
    guard 0 <= from, from <= to, to <= head.size else { throw .beyondTree(size: head.size) }
    var before: Int?
    for (place, link) in links.enumerated() {
      let event = try event(of: link, head)
      if place == 0 {
        guard event.previous.map({ $0 < from }) ?? true else { throw .gap(before: link.index) }
      } else {
        guard event.previous == before else { throw .gap(before: link.index) }
      }
      before = link.index
    }
    let happened = links.map(\.index).filter { $0 < to }
    guard happened.allSatisfy({ $0 >= from }), links.count - happened.count <= 1 else {
      throw .malformed("it has events outside of its range")
    }
    if let tail {
      guard happened.count == links.count else { throw .malformed("it is closed twice") }
      try check(tail, after: happened.last, head)
    } else if links.count == happened.count {
      guard from == to else { throw .open }
    }
    return (happened, opened)
  }

  private func event(of link: Link, _ head: Checkpoint) throws(AbsenceFault) -> Event {
    let proof = InclusionProof(index: link.index, size: head.size, hashes: link.hashes)
    guard proof.root(from: .leaf(link.entry)) == head.root else {
      throw .notIncluded(index: link.index)
    }
    guard let event = try? Event(canonicalBytes: link.entry), event.index == link.index,
      event.stream == .connection(appID)
    else { throw .otherEvent(index: link.index) }
    return event
  }

  private func check(_ tail: Tail, after last: Int?, _ head: Checkpoint) throws(AbsenceFault) {
    guard tail.from <= max(from, last.map { $0 + 1 } ?? 0),
      var tree = CompactTree(size: tail.from, peaks: tail.peaks)
    else { throw .open }
    for (place, entry) in tail.entries.enumerated() {
      tree.append(.leaf(entry))
      // What cannot be read is not taken for somebody else's.
      guard let event = try? Event(canonicalBytes: entry), event.stream != .connection(appID) else {
        throw .somethingHappened(index: tail.from + place)
      }
    }
    guard tree.size == head.size, tree.root == head.root else { throw .tailAltered }
  }
}

package enum AbsenceFault: Error, Hashable, Sendable, CustomStringConvertible {
  case malformed(String)
  case checkpoint(CheckpointFault)
  case beyondTree(size: Int)
  case notIncluded(index: Int)
  /// It is in the log, and says that it is of another connection or index.
  case otherEvent(index: Int)
  /// Its `previous` is another one than the event before it here.
  case gap(before: Int)
  /// Nothing closes the gap up to the second point.
  case open
  case somethingHappened(index: Int)
  case tailAltered

  package var description: String {
    switch self {
    case .malformed(let reason): "this is no proof of absence: \(reason)"
    case .checkpoint(let fault): "\(fault)"
    case .beyondTree(let size): "its range is not within the \(size) events of the checkpoint"
    case .notIncluded(let index):
      "event \(index) is not in the log as it stands here: it, or its proof, was altered"
    case .otherEvent(let index): "event \(index) is of another connection, or another event"
    case .gap(let index):
      "event \(index) follows another one of the connection, which is not shown: there is a gap"
    case .open: "nothing shows what happened up to the second point: the end is open"
    case .somethingHappened(let index): "entry \(index) is of this connection, or cannot be read"
    case .tailAltered: "the entries up to the end do not give the checkpoint's root"
    }
  }
}
