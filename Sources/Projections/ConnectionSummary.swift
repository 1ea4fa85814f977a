package import Connections

/// What a list tells of a connection beside its state: a pure fold of its stream, kept with each
/// event that changed it, so that a list never reads a history, of the past neither.
package struct ConnectionSummary: Hashable, Sendable {
  /// Who made it what it is, and when.
  package struct Change: Hashable, Sendable {
    package var index: Int
    package var at: Instant
    package var by: String
    package var ticket: String?
    /// The kind of command, or `drift`.
    package var what: String

    /// The hand of a drift: who read it is not who did it.
    package static let outside = "from outside"
  }

  package struct OpenRollback: Hashable, Sendable {
    package var id: CommandID
    package var since: Instant
  }

  /// When the first event of the connection was recorded.
  package var firstAt: Instant?
  /// Commands that took effect.
  package var changes = 0
  /// The last command that took effect, or the last drift.
  package var last: Change?
  /// When the secret in force was first set, as far as it was recorded; absent while it was set
  /// before recording began.
  package var setAt: Instant?
  /// The last drift that no successful command has followed.
  package var driftAt: Instant?
  /// The last refusal that no successful command has followed.
  package var refusedAt: Instant?
  /// Rollbacks that were completed.
  package var rollbacks = 0
  /// Since when the oldest open doubt is one.
  package var doubtSince: Instant?
  /// Since when a person's consent is awaited.
  package var awaitingSince: Instant?
  /// The rollback that has not ended, and when it was begun.
  package var openRollback: OpenRollback?
  /// As it was last recorded; no part of the fold.
  package var label: AppLabel?

  package init() {}

  /// Takes an event that the connection has taken.
  ///
  /// - Parameters:
  ///   - kind: of the command that the event ends.
  ///   - hand: who asked for that command, or else who did what the event tells.
  mutating func apply(
    _ event: Event, to connection: Connection, kind: ConnectionCommand.Kind?, hand: EventContext
  ) {
    if firstAt == nil { firstAt = event.recordedAt }
    switch event.payload {
    case .succeeded: took(event, kind?.rawValue, hand)
    case .resolved(let resolution) where resolution.verdict == .applied:
      took(event, kind?.rawValue, hand)
    case .refused: refusedAt = event.recordedAt
    case .observed(let observation) where observation.isDrift:
      last = Change(
        index: event.index, at: event.recordedAt, by: Change.outside, ticket: nil, what: "drift")
      driftAt = event.recordedAt
    case .rollback(.completed): rollbacks += 1
    default: break
    }
    if openRollback?.id != connection.rollback?.id {
      openRollback = connection.rollback.map { OpenRollback(id: $0.id, since: event.recordedAt) }
    }
    doubtSince = connection.doubts.compactMap(\.inDoubtSince).min()
    awaitingSince = connection.isConsentPending ? awaitingSince ?? event.recordedAt : nil
  }

  private mutating func took(_ event: Event, _ what: String?, _ hand: EventContext) {
    changes += 1
    last = change(event, what ?? "update", hand)
    driftAt = nil
    refusedAt = nil
  }

  private func change(_ event: Event, _ what: String, _ hand: EventContext) -> Change {
    Change(
      index: event.index, at: event.recordedAt, by: hand.actor.display, ticket: hand.ticket,
      what: what)
  }
}

/// How Okta's administrators name an app: its label, and the kind of app that it is.
package struct AppLabel: Hashable, Sendable {
  package var label: String
  /// Okta's key of the kind, such as `okta_org2org`.
  package var name: String?

  package init(label: String, name: String?) {
    self.label = label
    self.name = name
  }
}

/// How many commands ended how on one day, and what came from outside.
package struct DayCounts: Hashable, Sendable {
  package var succeeded = 0
  package var notSent = 0
  package var refused = 0
  package var inDoubt = 0
  package var drift = 0
  package var rolledBack = 0

  package init() {}

  package var commands: Int { succeeded + notSent + refused + inDoubt }
  package var isEmpty: Bool { commands == 0 && drift == 0 && rolledBack == 0 }

  mutating func count(_ payload: EventPayload) {
    switch payload {
    case .succeeded: succeeded += 1
    case .notSent: notSent += 1
    case .refused: refused += 1
    case .inDoubt: inDoubt += 1
    case .observed(let observation) where observation.isDrift: drift += 1
    case .rollback(.completed): rolledBack += 1
    default: break
    }
  }

  package static func += (left: inout Self, right: Self) {
    left.succeeded += right.succeeded
    left.notSent += right.notSent
    left.refused += right.refused
    left.inDoubt += right.inDoubt
    left.drift += right.drift
    left.rolledBack += right.rolledBack
  }
}

extension Instant {
  /// Whole days since 1970-01-01, by UTC.
  package var day: Int {
    let seconds = Int(epochSeconds)
    return (seconds - (seconds % 86_400 + 86_400) % 86_400) / 86_400
  }
}
