import Connections
import EventStore
import Synchronization

/// Reads another journal, and calls back once after a reading of a kind: what may happen meanwhile,
/// happens.
final class ListeningReader: JournalReader {
  private let journal: any JournalReader
  private let first = Mutex<Int?>(nil)
  private let most = Mutex(0)
  private let kind: Kind
  private let callback: Mutex<(@Sendable () async throws -> Void)?>

  enum Kind { case fold, head, stream, selection }

  init(
    _ journal: any JournalReader, after kind: Kind = .fold,
    _ callback: (@Sendable () async throws -> Void)? = nil
  ) {
    self.journal = journal
    self.kind = kind
    self.callback = Mutex(callback)
  }

  /// The lowest index from which anything was folded.
  var firstFolded: Int? { first.withLock { $0 } }

  /// The most events that one reading of a stream, of commands or of a selection gave.
  var mostRead: Int { most.withLock { $0 } }

  private func noting(_ events: [Event]) -> [Event] {
    most.withLock { $0 = max($0, events.count) }
    return events
  }

  private func call(after kind: Kind) async throws {
    guard kind == self.kind else { return }
    let callback = callback.withLock { callback in
      defer { callback = nil }
      return callback
    }
    try await callback?()
  }

  func head() async throws(JournalFault) -> JournalHead {
    let head = try await journal.head()
    do { try await call(after: .head) } catch {
      throw .storage(StorageFault(isFull: false, description: "\(error)"))
    }
    return head
  }

  func version(of stream: StreamID) async throws(JournalFault) -> Int {
    try await journal.version(of: stream)
  }

  func events(
    in stream: StreamID, after version: Int, limit: Int
  ) async throws(JournalFault) -> [Event] {
    let events = noting(try await journal.events(in: stream, after: version, limit: limit))
    do { try await call(after: .stream) } catch {
      throw .storage(StorageFault(isFull: false, description: "\(error)"))
    }
    return events
  }

  func events(at indexes: [Int]) async throws(JournalFault) -> [Event] {
    noting(try await journal.events(at: indexes))
  }

  func events(ofCommands ids: [CommandID]) async throws(JournalFault) -> [Event] {
    noting(try await journal.events(ofCommands: ids))
  }

  func events(_ selection: EventSelection) async throws(JournalFault) -> [Event] {
    let events = noting(try await journal.events(selection))
    do { try await call(after: .selection) } catch {
      throw .storage(StorageFault(isFull: false, description: "\(error)"))
    }
    return events
  }

  func streamsWithOpenIntents() async throws(JournalFault) -> [AppID] {
    try await journal.streamsWithOpenIntents()
  }

  func streamsWithOpenDoubts() async throws(JournalFault) -> [AppID] {
    try await journal.streamsWithOpenDoubts()
  }

  func streamsWithOpenRollbacks() async throws(JournalFault) -> [AppID] {
    try await journal.streamsWithOpenRollbacks()
  }

  func connections(changedIn indexes: Range<Int>) async throws(JournalFault) -> [AppID] {
    try await journal.connections(changedIn: indexes)
  }

  func sealedSecret(_ id: UUIDv7) async throws(JournalFault) -> SealedSecret? {
    try await journal.sealedSecret(id)
  }

  func size(asOf instant: Instant) async throws(JournalFault) -> Int {
    try await journal.size(asOf: instant)
  }

  func fold<State: Sendable>(
    from index: Int, limit: Int, into state: State,
    _ body: @escaping @Sendable (inout State, Event) throws -> Void
  ) async throws -> State {
    first.withLock { $0 = min($0 ?? index, index) }
    let state = try await journal.fold(from: index, limit: limit, into: state, body)
    try await call(after: .fold)
    return state
  }
}
