package import Connections
import EventStore

/// What a connection was at a moment, by all that is known today: another question than what was
/// known of it at that moment, and never mixed with it.
package struct WhatWasSo: Hashable, Sendable {
  package enum Certainty: Hashable, Sendable {
    /// Shown by Okta, or carried out by a command that succeeded.
    case known
    /// It changed past Hindsight at some moment between these two; the state is the one before.
    case changedBetween(Instant, Instant)
    /// A command was in doubt then, and the doubt has ended since.
    case learntLater(at: Instant)
    /// A command was in doubt then, and nobody knows until today.
    case inDoubt(CommandID)
  }

  package var snapshot: ConnectionSnapshot
  /// The event from which it is known.
  package var index: Int
  package var version: Int
  package var since: Instant
  package var certainty: Certainty

  /// The periods of a connection's life in the order of when they began to be so.
  static func periods(_ events: [Event]) throws(EventFault) -> [WhatWasSo] {
    guard let app = events.first?.stream.appID else { return [] }
    var connection = Connection(appID: app)
    var periods: [WhatWasSo] = []
    for event in events {
      let before = connection
      try connection.apply(event)
      let snapshot = ConnectionSnapshot(connection)
      guard event.payload.kind != .intended, snapshot != ConnectionSnapshot(before) else {
        continue
      }
      var period = WhatWasSo(
        snapshot: snapshot, index: event.index, version: event.streamVersion,
        since: event.recordedAt, certainty: .known)
      switch event.payload {
      case .observed(let observation) where observation.isDrift:
        if var last = periods.last, let seen = before.known?.readAt {
          // What a command left is recorded a little after it was read.
          last.since = max(last.since, seen)
          last.certainty = .changedBetween(seen, event.recordedAt)
          periods.append(last)
        }
      case .inDoubt:
        if let id = event.context.commandID { period.certainty = .inDoubt(id) }
      case .resolved:
        let doubt = before.doubts.first { $0.commandID == event.context.commandID }
        if let began = doubt?.inDoubtSince {
          // The doubt of then is lifted from what was so; it stays in what was known then.
          period.since = began
          period.certainty = .learntLater(at: event.recordedAt)
          periods.removeAll { $0.since >= began && $0.snapshot.doubts.contains(doubt?.commandID) }
        }
      default: break
      }
      periods.append(period)
    }
    return periods
  }
}

extension [CommandID] {
  fileprivate func contains(_ id: CommandID?) -> Bool { id.map { contains($0) } ?? false }
}

extension ConnectionViews {
  /// What a connection was at a moment, by what is known today; `nil` when nothing is known of it.
  package func whatWasSo(of appID: AppID, at instant: Instant) async throws -> WhatWasSo? {
    let events = try await journal.events(in: .connection(appID), after: 0)
    return try WhatWasSo.periods(events).enumerated()
      .filter { $0.element.since <= instant }
      .max { left, right in
        (left.element.since, left.offset) < (right.element.since, right.offset)
      }?.element
  }
}
