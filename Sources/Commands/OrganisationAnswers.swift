package import Connections

/// What going back with all connections would do.
package struct OrganisationPreview: Sendable {
  package var selection: RollbackSelection
  /// The size of the journal on which the targets stand.
  package var trueAtSize: Int
  package var digest: String
  /// Those that differ from where they shall be, by app id.
  package var connections: [Planned]

  package struct Planned: Sendable {
    package var appID: AppID
    /// The version of the stream to go back to; 0 when nothing was known of the connection then.
    package var targetVersion: Int
    package var way: Way
    /// Changes since the target that were not selected: they are undone with those that were.
    package var othersChanges: Int
  }

  package enum Way: Sendable {
    case open(RollbackPreview)
    case blocked(RollbackRefusal)
  }

  /// The most calls of Okta's rate budget that it takes.
  package var calls: Int {
    connections.reduce(0) { sum, planned in
      if case .open(let preview) = planned.way { sum + preview.plan.calls } else { sum }
    }
  }
}

/// How far a rollback of all connections has come.
package struct OrganisationReport: Sendable {
  package enum Outcome: String, Sendable {
    case running, completed
    /// Some connections are not where they should be; it can be resumed.
    case stopped
    case abandoned
  }

  package var id: CommandID
  package var start: OrganisationRollback
  package var startedAt: Instant
  package var context: EventContext
  package var outcome: Outcome
  /// Each connection that was selected and is not as it should have been from the beginning.
  package var connections: [Connection]

  package struct Connection: Sendable {
    package var appID: AppID
    package var targetVersion: Int
    package var state: State
  }

  package enum State: Sendable {
    /// Not begun yet.
    case waiting
    case begun(RollbackReport)
    /// Not begun: what stood in the way, in a word.
    case refused(RefusedRollback)
  }
}

extension OrganisationReport.State {
  /// Nothing more can be done about it without a person.
  package var isDone: Bool {
    if case .begun(let report) = self {
      [.completed, .awaitingConsent].contains(report.outcome)
    } else {
      false
    }
  }
}
