/// What an event states, by type.
package enum EventPayload: Hashable, Sendable {
  case observed(Observation)
  case intended(Intent)
  case succeeded(Outcome)
  /// By Okta, or by our own policy (then no intent was recorded and nothing was sent).
  case refused(Outcome)
  /// Certainly not sent.
  case notSent(Outcome)
  /// It may have happened.
  case inDoubt(Outcome)
  case resolved(Resolution)
  case rollback(RollbackEvent)
  case organisation(OrganisationEvent)
  case exported(Export)
  case tokenCreated(TokenRecord)
  case tokenRevoked(tokenID: UUIDv7)
  case secret(SecretEvent)
  case notice(Notice)

  package enum Kind: String, Sendable, CaseIterable {
    case intended = "command.intended"
    case succeeded = "command.succeeded"
    case observed = "connection.observed"
    case refused = "command.refused"
    case notSent = "command.notSent"
    case inDoubt = "command.inDoubt"
    case resolved = "command.resolved"
    case rollbackStarted = "rollback.started"
    case rollbackResumed = "rollback.resumed"
    case rollbackStopped = "rollback.stopped"
    case rollbackAwaitingConsent = "rollback.awaitingConsent"
    case rollbackCompleted = "rollback.completed"
    case rollbackFailed = "rollback.failed"
    case rollbackRefused = "rollback.refused"
    case organisationNamed = "organisation.named"
    case organisationRollbackStarted = "organisation.rollbackStarted"
    case organisationRollbackResumed = "organisation.rollbackResumed"
    case organisationRollbackEnded = "organisation.rollbackEnded"
    case organisationRollbackRefused = "organisation.rollbackRefused"
    case exported = "access.exported"
    case tokenCreated = "access.tokenCreated"
    case tokenRevoked = "access.tokenRevoked"
    case secretMarkedCompromised = "secret.markedCompromised"
    case secretShredded = "secret.shredded"
    case secretRefused = "secret.refused"
    case secretRevealed = "secret.revealed"
    case holdAdded = "hold.added"
    case holdReleased = "hold.released"
    case keyRotated = "key.rotated"
    case signedIn = "access.signedIn"
    case denied = "access.denied"
    case watchResumed = "watch.resumed"
    case appLabelled = "app.labelled"

    /// The words for comparing bytes with, the most frequent first.
    static let words: [(Kind, StaticString)] = [
      (.intended, "command.intended"), (.succeeded, "command.succeeded"),
      (.observed, "connection.observed"), (.refused, "command.refused"),
      (.notSent, "command.notSent"), (.inDoubt, "command.inDoubt"),
      (.resolved, "command.resolved"), (.rollbackStarted, "rollback.started"),
      (.rollbackCompleted, "rollback.completed"), (.rollbackFailed, "rollback.failed"),
      (.rollbackResumed, "rollback.resumed"), (.rollbackStopped, "rollback.stopped"),
      (.rollbackAwaitingConsent, "rollback.awaitingConsent"),
      (.rollbackRefused, "rollback.refused"),
      (.organisationNamed, "organisation.named"),
      (.organisationRollbackStarted, "organisation.rollbackStarted"),
      (.organisationRollbackResumed, "organisation.rollbackResumed"),
      (.organisationRollbackEnded, "organisation.rollbackEnded"),
      (.organisationRollbackRefused, "organisation.rollbackRefused"),
      (.exported, "access.exported"), (.tokenCreated, "access.tokenCreated"),
      (.tokenRevoked, "access.tokenRevoked"),
      (.secretMarkedCompromised, "secret.markedCompromised"),
      (.secretShredded, "secret.shredded"), (.secretRefused, "secret.refused"),
      (.secretRevealed, "secret.revealed"), (.holdAdded, "hold.added"),
      (.holdReleased, "hold.released"), (.keyRotated, "key.rotated"),
      (.signedIn, "access.signedIn"), (.denied, "access.denied"),
      (.watchResumed, "watch.resumed"), (.appLabelled, "app.labelled"),
    ]

    /// The stream of what belongs to no connection.
    var ownStream: StreamID {
      switch self {
      case .secretMarkedCompromised, .secretShredded, .secretRefused, .secretRevealed, .holdAdded,
        .holdReleased, .keyRotated:
        .secrets
      case .organisationNamed, .organisationRollbackStarted, .organisationRollbackResumed,
        .organisationRollbackEnded, .organisationRollbackRefused:
        .organisation
      default: .access
      }
    }

    /// One of the four ends of a call.
    package var isOutcome: Bool {
      switch self {
      case .succeeded, .refused, .notSent, .inDoubt: true
      default: false
      }
    }
  }

  package var kind: Kind {
    switch self {
    case .observed: .observed
    case .intended: .intended
    case .succeeded: .succeeded
    case .refused: .refused
    case .notSent: .notSent
    case .inDoubt: .inDoubt
    case .resolved: .resolved
    case .rollback(let event): event.kind
    case .organisation(let event): event.kind
    case .exported: .exported
    case .tokenCreated: .tokenCreated
    case .tokenRevoked: .tokenRevoked
    case .secret(let event): event.kind
    case .notice(let notice): notice.kind
    }
  }
}

extension EventPayload {
  /// It tells of an attempt that was refused before anything was begun.
  var isPolicyRefusal: Bool {
    switch self {
    case .refused(let outcome), .notSent(let outcome): outcome.refusedKind != nil
    case .rollback(.refused): true
    default: false
    }
  }

  /// The sealed copies that the journal keeps for this event.
  package var sealedReferences: [SecretReference] {
    switch self {
    case .intended(let intent): intent.command.updateContent?.secrets ?? []
    case .succeeded(let outcome), .refused(let outcome), .notSent(let outcome),
      .inDoubt(let outcome):
      [outcome.answer].compactMap(\.self)
    case .rollback(.awaitingConsent(let wait)): [wait.link].compactMap(\.self)
    default: []
    }
  }
}

/// A read of Okta that told something new.
package struct Observation: Hashable, Sendable {
  package enum Cause: String, Sendable {
    /// The first state that Hindsight saw.
    case baseline
    /// Read before a command.
    case before
    /// Read after a command. Unknown in schema 1.
    case after
    /// A client's own GET that passed through.
    case client
    /// Read to settle a doubt.
    case doubt
  }

  package var cause: Cause
  /// The state is not what the journal expected: somebody changed it past Hindsight.
  package var isDrift: Bool
  package var state: ConnectionState

  package init(cause: Cause, isDrift: Bool, state: ConnectionState) {
    self.cause = cause
    self.isDrift = isDrift
    self.state = state
  }
}

/// Durable before the first byte of the request leaves.
package struct Intent: Hashable, Sendable {
  /// The client's own count of a retry, and the request that it repeats, where it marks them.
  package var attempt: Int?
  package var before: Reading
  package var command: ConnectionCommand
  /// The version of the stream on which the decision was made.
  package var expectedVersion: Int
  /// The caller's own key, by which a repeat is told from a new command.
  package var idempotency: IdempotencyMark?
  /// The same actor asked for the same shortly before, and marked neither as a repeat.
  package var repeatOf: CommandID?
  package var retryFor: String?

  package init(
    before: Reading, command: ConnectionCommand, expectedVersion: Int, retry: Retry? = nil,
    idempotency: IdempotencyMark? = nil, repeatOf: CommandID? = nil
  ) {
    self.before = before
    self.command = command
    self.expectedVersion = expectedVersion
    self.idempotency = idempotency
    self.repeatOf = repeatOf
    attempt = retry?.attempt
    retryFor = retry?.requestID
  }
}

/// An `Idempotency-Key` and what it was sent with, both by keyed fingerprint: neither the key nor
/// the payload can be read from it.
package struct IdempotencyMark: Hashable, Sendable {
  /// Of the key and the actor, whose own the key is.
  package var key: String
  package var payload: String

  package init(key: String, payload: String) {
    self.key = key
    self.payload = payload
  }
}

/// A client's word that it sends something again: `X-Okta-Retry-For` and `X-Okta-Retry-Count`.
package struct Retry: Hashable, Sendable {
  /// The `X-Okta-Request-Id` of the answer that made it try again.
  package var requestID: String
  /// From 1.
  package var attempt: Int

  package init(requestID: String, attempt: Int) {
    self.requestID = requestID
    self.attempt = attempt
  }
}

/// How the call ended, and what the connection is since.
package struct Outcome: Hashable, Sendable {
  package var call: CallRecord
  package var after: Reading?
  /// Okta's whole answer, sealed: for a caller who asks again with the same key.
  package var answer: SecretReference?
  /// The kind of command, where no intent says it: a refusal by policy stands alone.
  package var refusedKind: ConnectionCommand.Kind?

  package init(
    call: CallRecord, after: Reading? = nil, answer: SecretReference? = nil,
    refusedKind: ConnectionCommand.Kind? = nil
  ) {
    self.call = call
    self.after = after
    self.answer = answer
    self.refusedKind = refusedKind
  }
}

/// How a doubt ended.
package struct Resolution: Hashable, Sendable {
  package enum Verdict: String, Sendable {
    case applied
    case notApplied
    /// The command could not have changed anything: the state was already as it asked.
    case noDifference
    /// A later success made it irrelevant: an update an update, a change of the status one of the
    /// status.
    case superseded
  }

  /// The state that settled it, when a read did.
  package var observed: Reading?
  /// A person said so, in whose name and for whose reason it is recorded. No read proves it.
  package var isRuling = false
  package var supersededBy: CommandID?
  package var verdict: Verdict

  package init(
    verdict: Verdict, observed: Reading? = nil, supersededBy: CommandID? = nil,
    isRuling: Bool = false
  ) {
    self.verdict = verdict
    self.observed = observed
    self.supersededBy = supersededBy
    self.isRuling = isRuling
  }
}

/// A report left the house.
package struct Export: Hashable, Sendable {
  package var definition: String
  package var from: String?
  package var to: String?
  /// The time or index at which the same report can be asked for again; absent in schema 1, and
  /// for what cannot be asked for by one.
  package var asOf: String?
  /// How many rows a sample was to have.
  package var count: Int?
  /// By which a sample was drawn.
  package var seed: UInt64?
  /// The size of the journal at which the report is true.
  package var trueAtSize: Int

  package init(definition: String, from: String?, to: String?, trueAtSize: Int) {
    self.definition = definition
    self.from = from
    self.to = to
    self.trueAtSize = trueAtSize
  }
}

extension EventPayload {
  /// An intent, or a refusal by policy, which has none.
  package var beginsAChange: Bool {
    switch self {
    case .intended: true
    case .refused(let outcome), .notSent(let outcome): outcome.refusedKind != nil
    default: false
    }
  }
}

/// A Hindsight token: its name, its rights and its hash, never the token.
package struct TokenRecord: Hashable, Sendable {
  package var id: UUIDv7
  package var name: String
  package var role: Role
  /// SHA-256 of the token's text, in hex. The token has 256 random bits, so the hash needs no salt.
  package var hash: String

  package init(id: UUIDv7, name: String, role: Role, hash: String) {
    self.id = id
    self.name = name
    self.role = role
    self.hash = hash
  }
}
