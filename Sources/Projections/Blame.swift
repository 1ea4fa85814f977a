package import Connections
import GRDB

/// Which event set a field of a connection to what it is.
package struct Blame: Hashable, Sendable {
  package var field: ConnectionField
  package var value: FieldValue
  /// The event, who made it, when and why.
  package var event: Event
  /// The command named the field; `nil` for what is no command.
  package var wasAskedFor: Bool?
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
      var intent: Intent?
      if let command = event.context.commandID {
        for other in try await events(of: command) {
          if case .intended(let body) = other.payload { intent = body }
        }
      }
      lines.append(
        Blame(
          field: field, value: present.snapshot[field], event: event,
          wasAskedFor: intent.flatMap { $0.command.asksFor(field) }))
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
