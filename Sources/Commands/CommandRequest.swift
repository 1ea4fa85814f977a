package import Connections
import EventStore
package import OktaAPI
import Upstream

/// A change that somebody asks for, parsed once and not yet recorded.
package struct CommandRequest: Sendable {
  package enum Operation: Sendable {
    /// `body`: the bytes to send on; `request`: what they mean.
    case update(UpdateRequest, body: [UInt8])
    case activate
    case deactivate
    case verify(appName: String)

    package var kind: ConnectionCommand.Kind {
      switch self {
      case .update: .update
      case .activate: .activate
      case .deactivate: .deactivate
      case .verify: .verify
      }
    }
  }

  package var commandID: CommandID
  package var appID: AppID
  package var operation: Operation
  /// The raw query, sent on as it is and never recorded: a verify has its code and state there.
  package var query: String?
  package var headers: [OktaAnswer.Header]
  package var credential: OktaCredential
  package var context: EventContext
  package var retry: Retry?
  /// The caller's `Idempotency-Key`.
  package var idempotencyKey: String?

  package init(
    commandID: CommandID, appID: AppID, operation: Operation, query: String? = nil,
    headers: [OktaAnswer.Header] = [], credential: OktaCredential, context: EventContext
  ) {
    self.commandID = commandID
    self.appID = appID
    self.operation = operation
    self.query = query
    self.headers = headers
    self.credential = credential
    self.context = context
    self.context.commandID = commandID
  }

  var call: UpstreamCall {
    let operation: UpstreamCall.Operation =
      switch self.operation {
      case .update(_, let body): .update(body: body)
      case .activate: .activate
      case .deactivate: .deactivate
      case .verify(let appName): .verify(appName: appName)
      }
    return UpstreamCall(
      appID: appID, operation: operation, query: query, headers: headers, credential: credential)
  }
}

/// What became of it. Whatever Okta answered is here only after it is recorded.
package enum CommandAnswer: Sendable {
  /// Okta's own answer: it succeeded, or Okta refused it.
  case answered(OktaAnswer)
  /// The recorded answer to an earlier command of the same key; Okta was not asked.
  case replayed(OktaAnswer, of: CommandID)
  /// The command of this key is still running. Nothing was sent.
  case keyInUse(CommandID)
  /// The key was used with another payload. Nothing was sent.
  case keyUsedOtherwise(CommandID)
  /// The command of this key may have happened, and nobody knows yet. Nothing was sent.
  case stillInDoubt(CommandID)
  /// The command of this key was in doubt, and this is how it ended. Nothing was sent.
  case settled(CommandID, Resolution, ConnectionState?)
  /// The command of this key has its outcome, and its answer can no longer be read. Nothing was
  /// sent.
  case answerNotKept(CommandID)
  /// Another command of the same connection took longer than the wait, as far as known this one.
  /// Nothing was recorded or sent.
  case busy(waited: Duration, by: CommandID?)
  /// A decision said no. Nothing was sent.
  case refused(Refusal)
  /// The intent could not be made durable. Nothing was sent.
  case notRecorded(RecordingFault)
  /// Recorded; certainly not sent.
  case notSent(reason: String)
  /// Recorded; it may have happened.
  case inDoubt(reason: String)
  /// It was sent, and its outcome is not recorded yet. It is kept and tried again; if the process
  /// ends before, the next start finds the command in doubt.
  case outcomeNotRecorded
}

/// Why something could not be made durable, as far as a caller can do something about it.
package enum RecordingFault: Error, Hashable, Sendable {
  /// The event would be longer than an event may be.
  case tooLarge
  case diskFull
  case storage
  /// Too few witnesses have cosigned what was recorded before, and they are required.
  case heldBack
  /// The connection's history cannot be read from this event on.
  case unreadable(index: Int)

  init(_ fault: JournalFault) {
    switch fault {
    case .eventTooLarge: self = .tooLarge
    case .storage(let fault) where fault.isFull: self = .diskFull
    case .storage(let fault) where fault.isHeldBack: self = .heldBack
    case .unreadable(let index, _): self = .unreadable(index: index)
    case .storage, .conflict: self = .storage
    }
  }
}
