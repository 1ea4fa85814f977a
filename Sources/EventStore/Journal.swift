package import Connections
package import TransparencyLog

/// The write lane's end: facts go in, and nothing else.
///
/// What every store promises: a batch is appended whole or not at all, only at the stream version
/// that the caller names; when `append` returns, the batch is durable; the index is gapless from 0.
package protocol JournalWriter: Sendable {
  /// Appends a batch to one stream, with its sealed secrets.
  ///
  /// - Returns: the events with their places.
  func append(_ batch: AppendBatch) async throws(JournalFault) -> [Event]
  /// Makes sure that nothing which key changes took away is left in any file of the journal.
  ///
  /// - Returns: `false` while somebody reads a state from before; asked again later, it goes on.
  func scrub() async throws(JournalFault) -> Bool
  /// Finds out whether an append could be made durable now. Appends nothing.
  func check() async throws(JournalFault)
}

/// The read lane's beginning. It cannot append.
package protocol JournalReader: Sendable {
  func head() async throws(JournalFault) -> JournalHead
  /// The events of one stream after a version, in order; at most so many.
  func events(
    in stream: StreamID, after version: Int, limit: Int
  ) async throws(JournalFault) -> [Event]
  /// The version of a stream's last event; 0 while it has none.
  func version(of stream: StreamID) async throws(JournalFault) -> Int
  func events(ofCommands ids: [CommandID]) async throws(JournalFault) -> [Event]
  /// Those of the events at these indexes that there are, in order.
  func events(at indexes: [Int]) async throws(JournalFault) -> [Event]
  /// The events of the journal that match, in order, or the other way round.
  func events(_ selection: EventSelection) async throws(JournalFault) -> [Event]
  /// The connections that have an intent without an outcome.
  func streamsWithOpenIntents() async throws(JournalFault) -> [AppID]
  /// The connections that have a command in doubt.
  func streamsWithOpenDoubts() async throws(JournalFault) -> [AppID]
  /// The connections that have a rollback which has not ended.
  func streamsWithOpenRollbacks() async throws(JournalFault) -> [AppID]
  /// The connections that have an event at these indexes.
  func connections(changedIn indexes: Range<Int>) async throws(JournalFault) -> [AppID]
  func sealedSecret(_ id: UUIDv7) async throws(JournalFault) -> SealedSecret?
  /// The number of events recorded up to and including a moment.
  func size(asOf instant: Instant) async throws(JournalFault) -> Int
  /// Folds the events from an index on, in order, in constant memory, in one snapshot.
  func fold<State: Sendable>(
    from index: Int, limit: Int, into state: State,
    _ body: @escaping @Sendable (inout State, Event) throws -> Void
  ) async throws -> State
}

extension JournalReader {
  /// The events of one stream after a version, in order.
  package func events(
    in stream: StreamID, after version: Int
  ) async throws(JournalFault) -> [Event] {
    try await events(in: stream, after: version, limit: .max)
  }
}

package struct AppendBatch: Sendable {
  package let stream: StreamID
  package var expectedVersion: ExpectedVersion
  package let events: [EventDraft]
  /// Written where the batch is made, which many do side by side; one alone gives events a place.
  let heads: [[UInt8]]
  package var secrets: [SealedSecret]
  /// What becomes of wrapped keys in the transaction of these events.
  package var keys: [KeyChange]

  package init(
    to stream: StreamID, at expectedVersion: ExpectedVersion, _ events: [EventDraft],
    secrets: [SealedSecret] = [], keys: [KeyChange] = []
  ) {
    self.stream = stream
    self.expectedVersion = expectedVersion
    self.events = events
    heads = events.map { $0.canonicalHead(in: stream) }
    self.secrets = secrets
    self.keys = keys
  }
}

/// The one thing that may go away or change in a journal: wrapped keys, on which no proof depends.
package enum KeyChange: Hashable, Sendable {
  /// Destroys the data key of a sealed secret: nobody can open it any more.
  case destroy(secret: UUIDv7)
  /// Wraps the data key of a sealed secret anew.
  case rewrap(secret: UUIDv7, KeyringEntry)
  /// Sets a key of the journal by name, or takes it away.
  case keyring(name: String, KeyringEntry?)
}

/// A key that only the master key opens, as the journal stores it.
package struct KeyringEntry: Hashable, Sendable {
  package var wrapped: [UInt8]
  package var masterKeyID: String

  package init(wrapped: [UInt8], masterKeyID: String) {
    self.wrapped = wrapped
    self.masterKeyID = masterKeyID
  }
}

package enum ExpectedVersion: Hashable, Sendable {
  /// The stream ends at this version; 0 for a stream without events.
  case exactly(Int)
  /// Wherever the stream ends.
  case any
}

/// How far the journal has grown.
package struct JournalHead: Hashable, Sendable {
  /// The number of events; the next index.
  package var size: Int
  /// The RFC 6962 root over all of them.
  package var root: NodeHash
  /// The root in hex.
  package var rootText: String { root.description }

  package init(size: Int, root: NodeHash) {
    self.size = size
    self.root = root
  }
}

/// Why the journal did not do what was asked. Nothing was appended in any of these cases, but for
/// `storage`, after which the journal itself tells.
package enum JournalFault: Error, Hashable, Sendable {
  /// The stream is not where the caller thought.
  case conflict(stream: StreamID, expected: Int, found: Int)
  /// The canonical body would be longer than a tile entry can be.
  case eventTooLarge(bytes: Int)
  case unreadable(index: Int, EventFault)
  /// SQLite said no: a full disk, a lost file, a lock.
  case storage(StorageFault)
}

package struct StorageFault: Error, Hashable, Sendable, CustomStringConvertible {
  package var isFull: Bool
  /// The journal could take it, and is kept from it: too few witnesses have cosigned.
  package var isHeldBack = false
  package var description: String

  package init(isFull: Bool, description: String) {
    self.isFull = isFull
    self.description = description
  }
}
