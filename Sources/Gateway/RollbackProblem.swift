import Commands
import Connections
import Hummingbird
import OktaAPI

/// Why a rollback was not begun or not continued, in words.
struct RollbackProblem {
  var status: Int
  var name: String
  /// What happened, and what to do.
  var detail: String

  init(_ refusal: RollbackRefusal) {
    switch refusal {
    case .blocked(let blocker):
      (status, detail) = Self.sentence(blocker)
      name = "rollback-blocked"
    case .planIsVoid(let expected, let found):
      (status, name) = (409, "plan-is-void")
      detail = """
        The digest \(expected.prefix(12))… is of another plan: of another target, or made before \
        the connection moved. The way back is now the plan \(found.prefix(12))…. Look at the new \
        preview.
        """
    case .noCredential:
      (status, name) = (409, "no-upstream-credential")
      detail = """
        This gateway relays its callers' credentials and has none of its own, so it cannot roll \
        back. Start it with --upstream-credential ssws-file:PATH.
        """
    case .busy(let waited):
      (status, name) = (409, "connection-busy")
      detail = """
        Another change of this connection was still running, or what became of it still being \
        looked at, after \(waited.components.seconds) s. Try again when that one has ended.
        """
    case .notRecorded(.unreadable(let index)):
      (status, name) = (500, "event-unreadable")
      detail = "The event \(index) of its history cannot be read. Run `hindsight verify`."
    case .notRecorded:
      (status, name) = (503, "not-recorded")
      detail = "The journal cannot be written, so nothing was begun."
    case .cut(let id, _):
      (status, name) = (503, "rollback-cut")
      detail = """
        The journal could not be written any more in the middle of rollback \(id), so what was \
        sent may have been carried out. Once the journal can be written, see how far it came with \
        `hindsight rollback show \(id)`, and resume it or give it up.
        """
    case .notRead(let why):
      (status, name) = (503, "connection-not-read")
      detail = """
        What Okta holds now could not be read (\(Self.words(why))), so whether the plan still fits \
        is not known. Try again once it can be read.
        """
    case .secretDoesNotOpen(let id):
      (status, name) = (500, "secret-does-not-open")
      detail = "The sealed secret \(id) does not open. Run `hindsight verify`."
    case .nothingPicked:
      (status, name) = (404, "nothing-picked")
      detail = """
        No change that took effect is recorded of this actor in this span, or under this id. \
        `hindsight changes` lists who changed what.
        """
    case .notKnown:
      (status, name) = (404, "rollback-not-known")
      detail = "No rollback of this id was begun."
    case .notOpen(let outcome):
      (status, name) = (409, "rollback-not-open")
      detail = "The rollback has ended: \(outcome.rawValue). Begin a new one."
    case .awaitsConsent(let until):
      (status, name) = (409, "consent-awaited")
      detail = """
        A person must first consent in a browser, by the link of this rollback, and the answer be \
        sent to the gateway as a verify. It waits until \(until).
        """
    }
  }

  var response: Response { Response.problem(status, name, whole) }

  /// What a refusal always adds.
  var whole: String {
    name == "rollback-cut" ? detail : detail + " Nothing was sent to Okta."
  }

  /// Why a read showed nothing.
  private static func words(_ note: String) -> String {
    note == "rateLimitLow"
      ? "Okta's rate budget is nearly used up; a new window begins within a minute" : note
  }

  private static func sentence(_ blocker: RollbackBlocker) -> (Int, String) {
    switch blocker {
    case .targetNotFound:
      (
        404,
        """
        This connection has no such point in its history. `hindsight history APP` shows its \
        versions.
        """
      )
    case .connectionNotKnown:
      (
        404,
        "Nothing is recorded of a connection of this app. `hindsight connections` lists the apps."
      )
    case .targetStateUnknown:
      (422, "Nothing was known of the connection at that point. Choose a later one.")
    case .presentStateUnknown:
      (422, "The present state is not known. Read the connection through the gateway first.")
    case .secretNeverRecorded:
      (
        422,
        """
        The secret of that time was set before Hindsight watched, or past it, and Okta never \
        shows it; or, with OAUTH2, no consent through the gateway has told yet that this kind of \
        app has none. Set it with an update.
        """
      )
    case .secretCompromised(let fingerprint):
      (
        422,
        """
        The secret of that time, \(fingerprint.prefix(12))…, was marked compromised and is never \
        used again. Set a new one with an update, or choose another point.
        """
      )
    case .secretShredded(let fingerprint):
      (
        422,
        """
        The secret of that time, \(fingerprint.prefix(12))…, was shredded: nobody can open it. Set \
        one with an update, or choose another point.
        """
      )
    case .rollbackOpen(let id):
      (
        409,
        """
        The rollback \(id) of this connection has not ended. See where it stands \
        (`hindsight rollback show \(id)`), and resume it or give it up first.
        """
      )
    case .overtaken(let command):
      (
        409,
        """
        Command \(command) updated the connection after this rollback stopped, and going on would \
        undo that, too. Abandon it, and roll back anew if that is what is wanted.
        """
      )
    case .unsupportedApp: (422, "This app has no provisioning connection.")
    case .commandInFlight(let command):
      (409, "Command \(command) has no outcome yet. Try again when it has.")
    case .unreadable(let fault):
      (500, "The history cannot be read: \(fault). Run `hindsight verify`.")
    }
  }
}

extension Gateway {
  func problem(_ refusal: RollbackRefusal) -> Response {
    let problem = RollbackProblem(refusal)
    guard case .blocked(let blocker) = refusal else { return problem.response }
    return Response.problem(
      problem.status, problem.name, problem.whole, [.init("blocker", .string(blocker.word))])
  }
}
