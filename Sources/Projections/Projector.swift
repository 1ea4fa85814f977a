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
  /// The places whose summary is not written yet, in the order of their first event since.
  private var touched: [Int] = []
  /// What is counted and not written yet; the place is absent in the sum of all.
  private var days: [Day: DayCounts] = [:]
  private var gaps: [GapStep] = []
  /// Okta may be out of reach, as far as this projector knows.
  private var mayBeLost = true

  private struct Fold: Sendable {
    var connection: Connection
    var snapshot: ConnectionSnapshot
    var summary = ConnectionSummary()
    var isTouched = false

    init(_ app: AppID) {
      connection = Connection(appID: app)
      snapshot = ConnectionSnapshot(connection)
    }

    mutating func apply(_ event: Event) throws(EventFault) {
      let command = event.context.commandID
      let open =
        connection.openIntents.first { $0.commandID == command }
        ?? connection.doubts.first { $0.commandID == command }
      try connection.apply(event)
      let version = snapshot.credentialVersion
      // Wanting something changes nothing yet.
      if event.payload.kind != .intended { snapshot = ConnectionSnapshot(connection) }
      summary.apply(
        event, to: connection, kind: open?.intent.command.kind,
        resets: snapshot.credentialVersion != version)
    }
  }

  private struct Day: Hashable {
    var place: Int?
    var day: Int
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
    folds.append(Fold(app))
    return folds.count - 1
  }

  mutating func learn(_ app: AppID, from events: some Sequence<Event>) throws(EventFault) {
    let place = place(app)
    for event in events { try folds[place].apply(event) }
  }

  mutating func apply(_ event: Event) throws(EventFault) -> Row? {
    guard event.index == position else {
      throw .outOfOrder(expectedVersion: position, foundVersion: event.index)
    }
    position += 1
    lastID = event.id
    lookForGap(event)
    if case .notice(.appLabelled(let app, let label, let name)) = event.payload {
      let place = place(app)
      folds[place].summary.label = AppLabel(label: label, name: name)
      touch(place)
    }
    guard let app = event.stream.appID else { return nil }
    let place = place(app)
    let before = folds[place].snapshot
    try folds[place].apply(event)
    touch(place)
    count(event, at: place)
    let snapshot = folds[place].snapshot
    // An attempt on an app that Okta does not know leaves nothing, and makes no version.
    guard snapshot != before else { return nil }
    return Row(
      appID: app, index: event.index, version: event.streamVersion, recordedAt: event.recordedAt,
      snapshot: snapshot.canonicalBytes)
  }

  private mutating func touch(_ place: Int) {
    guard !folds[place].isTouched else { return }
    folds[place].isTouched = true
    touched.append(place)
  }

  /// Only what opens or ends a gap is kept, and not each of a million answers.
  private mutating func lookForGap(_ event: Event) {
    guard let step = GapStep(event) else { return }
    switch step {
    case .resumed: gaps.append(step)
    case .lost:
      gaps.append(step)
      mayBeLost = true
    case .found:
      if mayBeLost { gaps.append(step) }
      mayBeLost = false
    }
  }

  private mutating func count(_ event: Event, at place: Int) {
    var counts = DayCounts()
    counts.count(event.payload)
    guard !counts.isEmpty else { return }
    let day = event.recordedAt.day
    days[Day(place: place, day: day), default: DayCounts()] += counts
    days[Day(place: nil, day: day), default: DayCounts()] += counts
  }

  /// What the last events changed beside the versions, once.
  struct Changes: Sendable {
    /// In the order of their first event.
    var summaries: [(app: AppID, summary: ConnectionSummary)] = []
    var days: [(app: AppID?, day: Int, counts: DayCounts)] = []
    var gaps: [GapStep] = []
  }

  mutating func takeChanges() -> Changes {
    defer {
      for place in touched { folds[place].isTouched = false }
      touched = []
      days = [:]
      gaps = []
    }
    return Changes(
      summaries: touched.map { (folds[$0].connection.appID, folds[$0].summary) },
      days: days.map { key, counts in
        (key.place.map { folds[$0].connection.appID }, key.day, counts)
      }, gaps: gaps)
  }
}
