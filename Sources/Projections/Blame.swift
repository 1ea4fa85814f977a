package import Connections
import GRDB

/// Which event set a field of a connection to what it is, and whose doing it was.
package struct Blame: Hashable, Sendable {
  package enum Cause: Hashable, Sendable {
    /// A command: who wanted it and why, and the ruling where a person says that it took effect.
    case command(EventContext, ruling: EventContext?)
    /// Somebody, past Hindsight; the event is the read that showed it.
    case outside
    /// Nobody knows who: it was so at the first read.
    case found
  }

  package var field: ConnectionField
  package var value: FieldValue
  package var event: Event
  package var cause: Cause
  /// The command named the field; `nil` for what is no command.
  package var wasAskedFor: Bool?

  /// - Parameter chain: the events of the command of `event`, where it is one of a command.
  init(_ field: ConnectionField, _ value: FieldValue, since event: Event, _ chain: [Event]) {
    (self.field, self.value, self.event) = (field, value, event)
    let began = chain.lazy.compactMap { event -> (EventContext, Intent)? in
      if case .intended(let intent) = event.payload { (event.context, intent) } else { nil }
    }.first
    switch event.payload {
    case .observed(let observation): cause = observation.cause == .baseline ? .found : .outside
    case .intended, .succeeded: cause = .command(began?.0 ?? event.context, ruling: nil)
    case .resolved(let resolution) where resolution.verdict == .applied:
      cause = .command(
        began?.0 ?? event.context, ruling: resolution.isRuling ? event.context : nil)
    // A command that had no effect, and a read with it that showed another state.
    default: cause = .outside
    }
    if case .command = cause { wasAskedFor = began?.1.command.asksFor(field) }
  }
}

extension ConnectionViews {
  /// For each field of a connection at a point: the event since which it is so.
  package func blame(
    of appID: AppID, at point: PointInHistory
  ) async throws -> (lines: [Blame], trueAt: TrueAt) {
    let (present, trueAt) = try await connection(appID, at: point)
    guard let present, let origins = try await origins(of: present) else { return ([], trueAt) }
    var lines: [Blame] = []
    for field in ConnectionField.allCases {
      guard let event = try await event(at: origins[field]) else { continue }
      let chain =
        if let command = event.context.commandID { try await events(of: command) } else {
          [Event]()
        }
      lines.append(Blame(field, present.snapshot[field], since: event, chain))
    }
    return (lines, trueAt)
  }

  private func origins(of version: ConnectionVersion) async throws -> FieldOrigins? {
    try await views.read { database in
      try Row.fetchOne(
        database.cachedStatement(
          sql: """
            SELECT \(FieldOrigins.columns) FROM connections JOIN versions ON connection = number
            WHERE app_id = ? AND event_index = ?
            """), arguments: [version.appID.description, version.index]
      ).map { FieldOrigins($0, from: 0) }
    }
  }
}

extension ConnectionCommand {
  /// `nil` where nobody asks for it by itself: a scheme without a token ends the token, too.
  fileprivate func asksFor(_ field: ConnectionField) -> Bool? {
    field == .token && !names(field) ? nil : names(field)
  }

  /// Whether the caller asked for this field to be set.
  package func names(_ field: ConnectionField) -> Bool {
    switch self {
    case .update(let content):
      switch field {
      case .status: content.activate
      case .authScheme: content.authScheme != nil
      case .baseURL: content.baseURL != nil
      case .clientID: content.clientID != nil
      case .rotationMode: content.rotationMode != nil
      case .token: !content.secrets.isEmpty
      }
    case .activate, .deactivate: field == .status
    case .verify: false
    }
  }
}
