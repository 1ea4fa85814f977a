/// To which point of its own history a connection shall go back.
package enum RollbackTarget: Hashable, Sendable {
  /// The state after the event with this stream version.
  case version(Int)
  /// The state after this event of the connection.
  case event(EventID)
  /// The state at this moment, by recorded time.
  case asOf(Instant)
  /// The state just before this command was intended, or this rollback begun.
  case beforeCommand(CommandID)
  /// The point before the last change.
  case previous

  func write(to writer: inout CanonicalWriter) {
    switch self {
    case .version(let version): writer.integer("version", version)
    case .event(let id): writer.string("event", id.description)
    case .asOf(let instant): writer.string("asOf", instant.description)
    case .beforeCommand(let id): writer.string("beforeCommand", id.description)
    case .previous: writer.boolean("previous", true)
    }
  }

  init(from reader: inout CanonicalReader) throws(EventFault) {
    if let instant = try reader.optionalInstant("asOf") {
      self = .asOf(instant)
    } else if let id = try reader.optionalID("beforeCommand") {
      self = .beforeCommand(id)
    } else if let id = try reader.optionalID("event") {
      self = .event(id)
    } else if let version = try reader.optionalInteger("version") {
      self = .version(version)
    } else {
      guard try reader.boolean("previous") else {
        throw .unknownWord(field: "previous", word: "false")
      }
      self = .previous
    }
  }

  /// Finds the target in a stream.
  package func find(in events: [Event]) throws(RollbackBlocker) -> Connection {
    guard let first = events.first, case .connection(let appID) = first.stream else {
      throw .targetNotFound
    }
    let all: [Event]
    switch self {
    case .version(let version):
      all = events.filter { $0.streamVersion <= version }
      guard all.count == version else { throw .targetNotFound }
    case .event(let id):
      guard let place = events.firstIndex(where: { $0.id == id }) else { throw .targetNotFound }
      all = Array(events[...place])
    case .asOf(let instant): all = events.filter { $0.recordedAt <= instant }
    case .beforeCommand(let id):
      guard let place = events.firstIndex(where: { $0.context.commandID == id }), place > 0 else {
        throw .targetNotFound
      }
      all = Array(events[..<place])
    case .previous: return try Self.previous(in: events, appID)
    }
    return try Self.fold(all, appID)
  }

  private static func fold(_ events: [Event], _ appID: AppID) throws(RollbackBlocker) -> Connection
  {
    let folded: Result<Connection, EventFault> = Result { () throws(EventFault) in
      try Connection(appID: appID, folding: events)
    }
    switch folded {
    case .success(let connection): return connection
    case .failure(let fault): throw .unreadable(fault)
    }
  }

  /// The point before the last change; an update that may have happened is one. An update drops an
  /// enabled connection to disabled and an activate follows it: the pause between the two is part
  /// of that change, not a point of its own.
  private static func previous(
    in events: [Event], _ appID: AppID
  ) throws(RollbackBlocker) -> Connection {
    var points: [Connection] = []
    var connection = Connection(appID: appID)
    for event in events {
      let applied: Result<Void, EventFault> = Result { () throws(EventFault) in
        try connection.apply(event)
      }
      if case .failure(let fault) = applied { throw .unreadable(fault) }
      // A rollback is one change, however many requests it takes.
      guard connection.known != nil, connection.openIntents.isEmpty, connection.rollback == nil
      else { continue }
      if let last = points.last {
        if !last.differs(from: connection) {
          points.removeLast()
        } else if let before = points.dropLast().last, !last.updatesInDoubt.isEmpty,
          !before.differs(from: connection)
        {
          // A change that might have happened, and did not.
          points.removeLast(2)
        }
      }
      points.append(connection)
    }
    guard let present = points.popLast(), let last = points.popLast() else { throw .targetNotFound }
    if let before = points.last, before.isEnabled, before.hasOtherContent(than: last),
      present.isEnabled, !last.isEnabled, !last.hasOtherContent(than: present)
    {
      return before
    }
    return last
  }
}

extension Connection {
  fileprivate var isEnabled: Bool { known?.state.isEnabled == true }

  fileprivate func differs(from other: Connection) -> Bool {
    known?.state.status != other.known?.state.status || hasOtherContent(than: other)
      || updatesInDoubt != other.updatesInDoubt
  }

  fileprivate var updatesInDoubt: [CommandID] {
    doubts.filter { $0.intent.command.kind == .update }.map(\.commandID)
  }

  fileprivate func hasOtherContent(than other: Connection) -> Bool {
    guard let mine = known?.state, let theirs = other.known?.state,
      mine.hasSameConfiguration(as: theirs)
    else { return true }
    return switch (credential.content, other.credential.content) {
    case (let mine?, let theirs?): !mine.sets(sameAs: theirs)
    case (nil, nil): credential != other.credential
    default: true
    }
  }
}
