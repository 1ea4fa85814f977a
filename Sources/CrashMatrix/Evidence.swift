import Connections
import OktaAPI
import Sandbox

/// All that a round leaves to be judged by: what arrived at the sandbox, what callers were told
/// before the end, and what the journal says afterwards.
struct Evidence: Sendable {
  /// Calls that change something, in the order in which they arrived.
  var calls: [Call] = []
  /// What each caller was told, by the mark of its order.
  var told: [String: Told] = [:]
  /// The commands on which a ruling was taken.
  var rulings: Set<CommandID> = []
  /// What was told of rollbacks, by their ids.
  var rollbacks: [CommandID: RollbackReport.Outcome] = [:]
  /// The sealed copies of which was told that they are shredded.
  var shredded: Set<UUIDv7> = []
  /// The holds of which was told that they stand.
  var holds: Set<UUIDv7> = []
  /// The callers' own keys, by the marks of the orders that bore them.
  var keys: [String: String] = [:]
  var events: [Event] = []

  struct Call: Sendable {
    /// The id of the command on whose behalf it was sent, where that can be told, or else the mark
    /// that the caller put into it.
    var mark: String
    var appID: AppID
    var kind: ConnectionCommand.Kind
    var baseURL: String?
    /// Keyed, as in the intent.
    var tokenFingerprint: String?
    /// It took effect.
    var isApplied = false
  }

  enum Told: Sendable, Hashable {
    /// Okta's own answer.
    case answered(status: Int)
    case inDoubt
    case notSent
    /// An intent, and no outcome.
    case outcomeNotRecorded
    /// That nothing was sent: it could not be recorded, or was refused or busy.
    case nothingDone
    /// The answer to an earlier order, or the truth about it.
    case earlier
  }
}

extension Evidence.Call {
  /// `nil` for a call that changes nothing.
  init?(_ call: SandboxCall, fingerprint: (Secret) -> String) {
    switch call.operation {
    case .update: kind = .update
    case .activate: kind = .activate
    case .deactivate: kind = .deactivate
    case .verify: kind = .verify
    case .get, .jwks, .other: return nil
    }
    guard let appID = call.appID else { return nil }
    self.appID = appID
    isApplied = call.tookEffect
    // The last one: behind what came of the caller stands what was added on the way.
    mark = OktaRoute.parameters("mark", in: OktaRoute.split(call.target).query).last ?? "(none)"
    guard kind == .update,
      let update = call.body.withBytes({ try? UpdateRequest(parsing: $0, activate: false) })
    else { return }
    baseURL = update.content.baseURL
    tokenFingerprint = update.secrets[.token].map(fingerprint)
  }
}

/// What is promised of every change, whatever goes wrong.
package enum Promise: String, Sendable, CaseIterable {
  case intentFirst = "nothing reaches Okta without an earlier intent in the journal"
  case answersAreRecorded = "whatever a caller was told has its outcome in the journal"
  case oneOutcome = "each intent ends in exactly one outcome, or in an open doubt"
  case noSilentRetry = "nothing is sent twice"
  case verdicts = "what is recorded as applied was applied, and nothing else"
  case shredding = "what was shredded is gone, and what is held is not shredded"
  case rebuildable = "rebuilt projections equal the live ones"
  case sound = "the journal verifies"
  case sealed = "no secret stands in clear in any file"
  case comesBack = "the program starts again"
}

/// A promise that was not kept, and how that shows.
package struct BrokenPromise: Sendable, Hashable {
  package var promise: Promise
  package var detail: String

  init(_ promise: Promise, _ detail: String) {
    self.promise = promise
    self.detail = detail
  }
}
