/// One connection as its events tell it: a pure fold, nothing else.
package struct Connection: Hashable, Sendable {
  package let appID: AppID
  /// The version of the last event of the stream; 0 when there is none.
  package internal(set) var version = 0
  /// The version of the last event that is more than a refusal by policy, which changes nothing.
  package internal(set) var movedVersion = 0
  /// The index of the last event of the stream.
  package internal(set) var lastIndex: Int?
  package internal(set) var known: KnownState?
  package internal(set) var credential: Credential = .neverRecorded
  /// The version of what decides which credential is the later one: of the intent that brought it,
  /// or of the drift.
  var credentialOrder = 0
  /// The same of the known state: of the read that showed it, or of the intent that a ruling says
  /// was carried out.
  var stateOrder = 0
  /// Commands whose outcome is not recorded: running, or left by a crash.
  package internal(set) var openIntents: [OpenCommand] = []
  /// Commands that may have happened.
  package internal(set) var doubts: [OpenCommand] = []
  /// A command that succeeded, when no read has shown the state since.
  package internal(set) var unconfirmed: OpenCommand?
  /// Somebody changed the connection past Hindsight since the credential was set, without a trace
  /// in its configuration: whether the secret is still the recorded one cannot be known.
  package internal(set) var hasDriftedSinceUpdate = false
  /// The version at which the last drift was seen.
  var driftedAt = 0
  /// The command by which a person's ruling says that the known state came about. No read has shown
  /// it since.
  package internal(set) var ruledBy: CommandID?
  /// What a ruling says was carried out, where no state was ever read that could tell it from what
  /// was before.
  var ruledUnseen: ConnectionCommand?
  /// The last command that was intended.
  package internal(set) var lastIntended: IntendedCommand?
  /// Okta offered a link for consent once. It may be gone from what is shown of an enabled
  /// connection, and the app is still of that kind.
  var hasOfferedConsent = false
  /// From a verify: the app's key, such as `slack`.
  package internal(set) var appName: String?
  /// An update took effect and no consent has followed it: the scheme does not work without.
  package internal(set) var isConsentPending = false
  /// The rollback that has not ended.
  package internal(set) var rollback: OpenRollback?

  package init(appID: AppID) { self.appID = appID }

  /// A state that was read, and the place in the history where it was.
  package struct KnownState: Hashable, Sendable {
    package var state: ConnectionState
    package var readAt: Instant
    package var version: Int
    package var index: Int
  }

  /// What is known of the secret and the rest of the content that Okta holds and does not show.
  package enum Credential: Hashable, Sendable {
    /// Set before Hindsight watched.
    case neverRecorded
    /// Set by this recorded update.
    case recorded(UpdateContent, by: CommandID, version: Int)
    /// Changed past Hindsight; the drift was seen at this version.
    case changedElsewhere(version: Int)

    package var content: UpdateContent? {
      if case .recorded(let content, _, _) = self { content } else { nil }
    }
  }

  package struct OpenCommand: Hashable, Sendable {
    package var commandID: CommandID
    package var intent: Intent
    package var intendedIndex: Int
    /// The version of its intent.
    package var intendedVersion: Int
    /// When it became a doubt; absent while it only lacks an outcome.
    package var inDoubtSince: Instant?
    /// Okta itself answered to the end, if not tellingly: it is done with the call.
    package var wasAnswered = false
    /// What a later command set, or may have set: it tells nothing of this one any more.
    var overwritten: Set<Intent.VisibleField> = []
  }

  package struct IntendedCommand: Hashable, Sendable {
    package var commandID: CommandID
    package var command: ConnectionCommand
    package var actorID: String
    package var at: Instant
  }

  /// A rollback between its start and its end.
  package struct OpenRollback: Hashable, Sendable {
    package var id: CommandID
    package var start: RollbackStart
    package var startedBy: EventID
    /// Who, why and what it belongs to.
    package var context: EventContext
    /// The requests that succeeded on its behalf.
    package var stepsDone = 0
    package var phase = Phase.running
    /// The version at which it began to wait for consent.
    var awaitedSince = 0
    /// An update by somebody else since it stopped: what was agreed to does not cover it.
    var overtakenBy: CommandID?

    package enum Phase: Hashable, Sendable {
      case running
      case stopped(RollbackStop)
      case awaitingConsent(ConsentWait, isVerified: Bool)
    }

    package var consentWait: ConsentWait? {
      if case .awaitingConsent(let wait, _) = phase { wait } else { nil }
    }

    /// A person's consent was verified while it waited for that.
    package var isVerified: Bool {
      if case .awaitingConsent(_, let isVerified) = phase { isVerified } else { false }
    }
  }

  package var isUnconfirmed: Bool { unconfirmed != nil }

  /// The recorded secret is certainly the one that Okta holds.
  package var isCredentialCertain: Bool {
    credential.content?.mayHideASecret == false && !hasDriftedSinceUpdate
      && !doubts.contains { $0.intent.command.kind == .update }
  }

  /// A person must consent in a browser before a change of configuration takes effect.
  package var needsConsent: Bool {
    hasOfferedConsent || appName.map(Self.threeLeggedApps.contains) == true
  }

  /// Okta's `appName` values of the verify operation.
  package static let threeLeggedApps: Set<String> = ["google", "office365", "slack", "zoomus"]
}

extension UpdateContent {
  /// A token scheme without a token, and with fields that we do not know: the far side may have
  /// taken one of them for it.
  fileprivate var mayHideASecret: Bool {
    authScheme == ConnectionState.Word.token && token == nil && !unknownFields.isEmpty
  }
}
