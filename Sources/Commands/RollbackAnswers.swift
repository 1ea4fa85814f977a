package import Connections
import OktaAPI

/// A plan that was shown: its digest names it, and carrying it out names the digest.
package struct RollbackPreview: Sendable {
  package var plan: RollbackPlan
  package var digest: String
  /// The secrets of the target; none where its scheme holds none here.
  package var secrets: [PlannedSecret]
}

/// A secret that the target had.
package struct PlannedSecret: Hashable, Sendable {
  package var field: SecretField
  package var fingerprint: String
  /// When this connection was first given it.
  package var firstSetAt: Instant
  /// It certainly is the present one, so it is not sent again.
  package var isPresent: Bool
}

/// Why a rollback was not begun or not continued. Nothing was sent, unless it was cut.
package enum RollbackRefusal: Error, Hashable, Sendable {
  case blocked(RollbackBlocker)
  /// The connection moved since the plan was made.
  case planIsVoid(expected: String, found: String)
  /// The way back needs Okta, and Hindsight holds no credential of its own.
  case noCredential
  case busy(waited: Duration)
  case notRecorded(RecordingFault)
  /// It was begun, and the journal stopped taking events in its middle: what was sent was sent.
  case cut(CommandID, RecordingFault)
  /// What Okta holds now could not be read, for this reason, so no plan stands on it.
  case notRead(String)
  /// A sealed secret of the plan does not open.
  case secretDoesNotOpen(UUIDv7)
  /// No recorded change is by this actor in this span, or bears this id.
  case nothingPicked
  /// No rollback has this id.
  case notKnown
  /// It has ended; there is nothing to continue.
  case notOpen(RollbackReport.Outcome)
  /// A person's consent has not been verified yet.
  case awaitsConsent(until: Instant)

  /// The word for programs, which is also what is recorded.
  package var word: String {
    if case .blocked(let blocker) = self { return blocker.word }
    return String("\(self)".prefix { $0 != "(" })
  }

  /// What the word is about, such as a fingerprint.
  var subject: String? {
    switch self {
    case .blocked(.secretCompromised(let fingerprint)), .blocked(.secretShredded(let fingerprint)):
      fingerprint
    case .blocked(.rollbackOpen(let id)), .blocked(.commandInFlight(let id)),
      .blocked(.overtaken(let id)):
      id.description
    case .planIsVoid(_, let found): found
    case .notRead(let why): why
    case .secretDoesNotOpen(let id): id.description
    default: nil
    }
  }
}

extension RollbackRefusal {
  /// What it is once the rollback has begun.
  func inTheMiddle(of id: CommandID) -> RollbackRefusal {
    if case .notRecorded(let fault) = self { .cut(id, fault) } else { self }
  }
}

extension RollbackBlocker {
  package var word: String { String("\(self)".prefix { $0 != "(" }) }
}

extension CommandAnswer {
  package var isSuccess: Bool {
    if case .answered(let answer) = self { (200..<300).contains(answer.status) } else { false }
  }

  /// It was sent, and nobody knows what became of it.
  var isInDoubt: Bool {
    switch self {
    case .inDoubt, .outcomeNotRecorded: true
    default: false
    }
  }

  /// How a step ended, as part of a sentence.
  var ending: String {
    switch self {
    case .answered(let answer):
      "was answered \(answer.status)" + (answer.error.map { ", \($0.code)" } ?? "")
    case .notSent(let reason): "was not sent: \(reason)"
    case .inDoubt(let reason): "may have happened: \(reason)"
    case .outcomeNotRecorded: "was sent, and its outcome could not be recorded"
    case .notRecorded: "could not be recorded and was not sent"
    default: "was not begun"
    }
  }
}
