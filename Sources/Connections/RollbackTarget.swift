/// To which point of its own history a connection shall go back: to what was so then, by all that
/// is known today.
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

  /// Finds the target in a stream. A command that was in doubt then and has ended since counts as
  /// it ended; one that a later command superseded is in doubt for ever.
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
    case .previous:
      return try Self.readable { () throws(EventFault) in
        try ChangePoints(of: appID, in: events).beforeLastChange
      }
    }
    return try Self.readable { () throws(EventFault) in
      try Connection(appID: appID, folding: all).knowing(DoubtEndings(in: events))
    }
  }

  private static func readable(
    _ fold: () throws(EventFault) -> Connection?
  ) throws(RollbackBlocker) -> Connection {
    let found: Connection?
    do throws(EventFault) { found = try fold() } catch { throw .unreadable(error) }
    guard let found else { throw .targetNotFound }
    return found
  }
}
