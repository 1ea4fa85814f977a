import Connections

/// Folds events of all connections and says which of them made a new version. Pure.
struct Projector: Sendable {
  /// The number of events applied.
  private(set) var position: Int
  /// Where this projector began; the folds of earlier events are learnt on demand.
  let start: Int
  private(set) var lastID: EventID?
  /// Changes that began before the position.
  private(set) var begun: Int
  private var places: [AppID: Int] = [:]
  /// By place, so that a fold is changed where it lies.
  private var folds: [Fold] = []
  /// What is counted and not written yet; the place is absent in the sum of all.
  private var days: [Day: DayCounts] = [:]
  private var gaps: [GapStep] = []
  private var labels: [(app: AppID, index: Int, label: AppLabel)] = []
  private var sought: [(kind: EventPayload.Kind, index: Int)] = []
  private var counted: [(index: Int, begun: Int)] = []

  /// Events between two counts of the changes that began.
  static let eventsBetweenCounts = 4_096
  /// Okta may be out of reach, as far as this projector knows.
  private var mayBeLost = true

  private struct Fold: Sendable {
    var connection: Connection
    var snapshot: ConnectionSnapshot
    var summary = ConnectionSummary()
    /// Who asked for the commands that have not ended, or are in doubt.
    private var hands: [CommandID: EventContext] = [:]
    /// When each secret was first the one in force, by the beginning of its fingerprint.
    private var firstSet: [UInt64: Instant] = [:]
    private var suspects = Suspects()
    /// Absent while nothing is known of the connection: an attempt on an app that Okta does not
    /// know, or that a role did not allow, makes none.
    var origins: FieldOrigins?

    init(_ app: AppID) {
      connection = Connection(appID: app)
      snapshot = ConnectionSnapshot(connection)
    }

    /// - Returns: the row that the event makes.
    mutating func apply(_ event: Event) throws(EventFault) -> Row? {
      if case .intended = event.payload {
        try connection.apply(event)
        // Wanting something changes nothing yet.
        summary.firstAt = summary.firstAt ?? event.recordedAt
        if let id = event.context.commandID { hands[id] = event.context }
        return nil
      }
      let kind = kind(of: event.context.commandID)
      let (before, told) = (snapshot, summary)
      let unread: Connection? = if case .observed = event.payload { connection } else { nil }
      try connection.apply(event)
      snapshot = ConnectionSnapshot(connection)
      // Its outcome may be told by a read, or by a ruling, whose hand is another's.
      let hand = event.context.commandID.flatMap { hands[$0] } ?? event.context
      summary.apply(event, to: connection, kind: kind, hand: hand)
      if snapshot.credentialVersion != before.credentialVersion {
        summary.setAt = firstSet(snapshot.fingerprint, event.recordedAt)
      }
      if let id = event.context.commandID, self.kind(of: id) == nil { hands[id] = nil }
      var row = Row(appID: connection.appID, index: event.index, summary: summary)
      if snapshot != before {
        var moved = origins ?? FieldOrigins(event.index)
        if origins != nil {
          moved.move(from: before, to: snapshot) { cause(of: $0, event, before: unread) }
        }
        if event.payload.didNothing, let id = event.context.commandID {
          suspects.clear(id, in: &moved)
        }
        origins = moved
        row.version = Row.Version(
          number: event.streamVersion, recordedAt: event.recordedAt,
          snapshot: snapshot, origins: moved)
        return row
      }
      return origins != nil && summary != told ? row : nil
    }

    /// A secret that comes again, by a rollback or because it was sent once more, is as old as it
    /// was.
    private mutating func firstSet(_ fingerprint: String?, _ moment: Instant) -> Instant {
      guard let fingerprint, let key = UInt64(fingerprint.prefix(16), radix: 16) else {
        return moment
      }
      let first = firstSet[key] ?? moment
      firstSet[key] = first
      return first
    }

    /// The event to which a change of a field goes back. A read shows what commands of ours did
    /// whose effect nobody had seen: the last of those that may have.
    private mutating func cause(
      of field: ConnectionField, _ event: Event, before unread: Connection?
    ) -> Int {
      guard let unread, case .observed(let observation) = event.payload,
        observation.cause != .baseline, field != .token || !observation.isDrift
      else { return event.index }
      return suspects.cause(
        of: field, in: observation.state, of: unread, at: event.index)
    }

    /// What a command that has no end yet is to do.
    private func kind(of command: CommandID?) -> ConnectionCommand.Kind? {
      guard let command else { return nil }
      let isIt = { (open: Connection.OpenCommand) in open.commandID == command }
      if let place = connection.openIntents.firstIndex(where: isIt) {
        return connection.openIntents[place].intent.command.kind
      }
      return connection.doubts.first(where: isIt)?.intent.command.kind
    }
  }

  private struct Day: Hashable {
    var place: Int?
    var day: Int
  }

  /// What one event made of a connection, and what a list tells of it from then on.
  struct Row: Sendable {
    struct Version: Sendable {
      var number: Int
      var recordedAt: Instant
      var snapshot: ConnectionSnapshot
      var origins: FieldOrigins
    }

    var appID: AppID
    var index: Int
    var summary: ConnectionSummary
    /// Absent where nothing else is known of it than before.
    var version: Version?
  }

  init(startingAt position: Int = 0, begun: Int = 0) {
    self.position = position
    self.begun = begun
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
    for event in events { _ = try folds[place].apply(event) }
  }

  mutating func apply(_ event: Event) throws(EventFault) -> Row? {
    guard event.index == position else {
      throw .outOfOrder(expectedVersion: position, foundVersion: event.index)
    }
    position += 1
    lastID = event.id
    if event.payload.beginsAChange { begun += 1 }
    if position % Self.eventsBetweenCounts == 0 { counted.append((position, begun)) }
    lookForGap(event)
    if event.payload.isSought { sought.append((event.payload.kind, event.index)) }
    if case .notice(.appLabelled(let app, let label, let name)) = event.payload {
      labels.append((app, event.index, AppLabel(label: label, name: name)))
    }
    guard let app = event.stream.appID else { return nil }
    let place = place(app)
    let row = try folds[place].apply(event)
    count(event, at: place)
    return row
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
    if folds[place].origins != nil {
      days[Day(place: place, day: day), default: DayCounts()] += counts
    }
    days[Day(place: nil, day: day), default: DayCounts()] += counts
  }

  /// What the last events changed beside the versions, once.
  struct Changes: Sendable {
    var days: [(app: AppID?, day: Int, counts: DayCounts)] = []
    var gaps: [GapStep] = []
    var labels: [(app: AppID, index: Int, label: AppLabel)] = []
    var places: [(kind: EventPayload.Kind, index: Int)] = []
    var counted: [(index: Int, begun: Int)] = []
  }

  mutating func takeChanges() -> Changes {
    defer { (days, gaps, labels, sought, counted) = ([:], [], [], [], []) }
    return Changes(
      days: days.map { key, counts in
        (key.place.map { folds[$0].connection.appID }, key.day, counts)
      }, gaps: gaps, labels: labels, places: sought, counted: counted)
  }
}

extension EventPayload.Kind {
  /// It is about who may look and administer, and not about a connection.
  package var isAccess: Bool {
    switch self {
    case .exported, .tokenCreated, .tokenRevoked, .signedIn, .denied, .secretMarkedCompromised,
      .secretShredded, .secretRefused, .secretRevealed, .holdAdded, .holdReleased, .keyRotated:
      true
    default: false
    }
  }
}

extension EventPayload {
  /// It tells of its command that it had no effect.
  fileprivate var didNothing: Bool {
    switch self {
    case .refused, .notSent: true
    case .resolved(let resolution): [.notApplied, .noDifference].contains(resolution.verdict)
    default: false
    }
  }

  /// A report or a page asks for such events, which are few among all.
  fileprivate var isSought: Bool {
    if case .observed(let observation) = self { return observation.isDrift }
    return switch kind {
    case .inDoubt, .rollbackStarted, .rollbackRefused: true
    default: kind.isAccess
    }
  }
}
