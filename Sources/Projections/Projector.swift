import Connections

/// Folds events of all connections and says which of them made a new version. Pure.
struct Projector: Sendable {
  /// The number of events applied.
  private(set) var position: Int
  /// Where this projector began; the folds of earlier events are learnt on demand.
  let start: Int
  private(set) var lastID: EventID?
  /// Each connection, and the last version of it that was worth a row.
  private var folds: [AppID: (connection: Connection, version: ConnectionSnapshot?)] = [:]

  /// A new version of a connection.
  struct Row: Sendable {
    var appID: AppID
    var index: Int
    var version: Int
    var recordedAt: Instant
    var snapshot: [UInt8]
  }

  init(startingAt position: Int = 0) {
    self.position = position
    start = position
  }

  func knows(_ app: AppID) -> Bool { folds[app] != nil }

  mutating func learn(_ app: AppID, from events: some Sequence<Event>) throws(EventFault) {
    let connection = try Connection(appID: app, folding: events)
    let snapshot = ConnectionSnapshot(connection)
    folds[app] = (connection, snapshot.tellsSomething ? snapshot : nil)
  }

  mutating func apply(_ event: Event) throws(EventFault) -> Row? {
    guard event.index == position else {
      throw .outOfOrder(expectedVersion: position, foundVersion: event.index)
    }
    position += 1
    lastID = event.id
    guard let app = event.stream.appID else { return nil }
    var (connection, known) = folds.removeValue(forKey: app) ?? (Connection(appID: app), nil)
    try connection.apply(event)
    let snapshot = ConnectionSnapshot(connection)
    guard snapshot != known, known != nil || snapshot.tellsSomething else {
      folds[app] = (connection, known)
      return nil
    }
    folds[app] = (connection, snapshot)
    return Row(
      appID: app, index: event.index, version: event.streamVersion, recordedAt: event.recordedAt,
      snapshot: snapshot.canonicalBytes)
  }
}

extension ConnectionSnapshot {
  /// An attempt on an app that Okta does not know tells nothing of a connection.
  fileprivate var tellsSomething: Bool { state != nil || !doubts.isEmpty }
}
