import Connections
import TransparencyLog

/// The end of the journal as a writer knows it, and how it grows. Pure: both stores use it.
struct JournalEnd: Sendable {
  var tree = GrowingTree()
  var lastRecordedAt = Instant(microseconds: 0)
  var streams: [StreamID: StreamEnd] = [:]

  struct StreamEnd: Sendable {
    var version: Int
    var index: Int
  }

  /// An event with its place, its bytes and its leaf.
  struct Placed: Sendable {
    var event: Event
    var body: [UInt8]
    var leaf: NodeHash
  }

  /// Gives each event of a batch its place, or says why the batch cannot be appended; a batch that
  /// fails leaves no trace.
  mutating func place(
    _ batch: AppendBatch
  ) throws(JournalFault) -> (placed: [Placed], tiles: [Tile]) {
    let end = streams[batch.stream]
    if case .exactly(let expected) = batch.expectedVersion, expected != end?.version ?? 0 {
      throw .conflict(stream: batch.stream, expected: expected, found: end?.version ?? 0)
    }
    var next = end
    var moment = lastRecordedAt
    var placed: [Placed] = []
    for (draft, head) in zip(batch.events, batch.heads) {
      moment = max(moment, draft.recordedAt)
      let event = Event(
        draft: draft, index: tree.size + placed.count, stream: batch.stream,
        streamVersion: (next?.version ?? 0) + 1, previous: next?.index, recordedAt: moment)
      let body = event.canonicalBytes(after: head)
      guard body.count <= Event.maximumBodyBytes else {
        throw .eventTooLarge(bytes: body.count)
      }
      placed.append(Placed(event: event, body: body, leaf: .leaf(body)))
      next = StreamEnd(version: event.streamVersion, index: event.index)
    }
    var tiles: [Tile] = []
    for entry in placed { tiles += tree.append(entry.leaf) }
    streams[batch.stream] = next
    lastRecordedAt = moment
    return (placed, tiles)
  }
}
