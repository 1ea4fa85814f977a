import Connections

/// Folds events of all connections and says which of them made a new version. Pure.
struct Projector: Sendable {
  /// The number of events applied.
  private(set) var position: Int
  /// Where this projector began; the folds of earlier events are learnt on demand.
  let start: Int
  private(set) var lastID: EventID?
  private var places: [AppID: Int] = [:]
  /// By place, so that a fold is changed where it lies.
  private var folds: [Fold] = []

  private struct Fold: Sendable {
    var connection: Connection
    var snapshot: ConnectionSnapshot

    init(_ connection: Connection) {
      self.connection = connection
      snapshot = ConnectionSnapshot(connection)
    }
  }

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

  func knows(_ app: AppID) -> Bool { places[app] != nil }

  private mutating func place(_ app: AppID) -> Int {
    if let place = places[app] { return place }
    places[app] = folds.count
    folds.append(Fold(Connection(appID: app)))
    return folds.count - 1
  }

  mutating func learn(_ app: AppID, from events: some Sequence<Event>) throws(EventFault) {
    folds[place(app)] = Fold(try Connection(appID: app, folding: events))
  }

  mutating func apply(_ event: Event) throws(EventFault) -> Row? {
    guard event.index == position else {
      throw .outOfOrder(expectedVersion: position, foundVersion: event.index)
    }
    position += 1
    lastID = event.id
    guard let app = event.stream.appID else { return nil }
    let place = place(app)
    try folds[place].connection.apply(event)
    // Wanting something changes nothing yet.
    if case .intended = event.payload { return nil }
    let before = folds[place].snapshot
    let snapshot = ConnectionSnapshot(folds[place].connection)
    folds[place].snapshot = snapshot
    // An attempt on an app that Okta does not know leaves nothing, and makes no version.
    guard snapshot != before else { return nil }
    return Row(
      appID: app, index: event.index, version: event.streamVersion, recordedAt: event.recordedAt,
      snapshot: snapshot.canonicalBytes)
  }
}
