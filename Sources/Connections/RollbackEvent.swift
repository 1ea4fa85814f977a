/// What becomes of a rollback. The connection's own stream tells it; the command id of each of
/// these events is the rollback's, and who and why is in the context.
package enum RollbackEvent: Hashable, Sendable {
  case started(RollbackStart)
  /// A person said to go on: what is left of the way was planned anew from where the connection is.
  case resumed(RollbackResumption)
  /// A step did not succeed, or Hindsight itself stopped. It can be resumed or abandoned.
  case stopped(RollbackStop)
  /// All that Hindsight can do is done; a person must consent in a browser.
  case awaitingConsent(ConsentWait)
  case completed(RollbackEnd)
  /// It ended short of its target.
  case failed(RollbackEnd)
  /// An attempt that was refused. Nothing was sent, and no rollback was begun.
  case refused(RefusedRollback)

  package var kind: EventPayload.Kind {
    switch self {
    case .started: .rollbackStarted
    case .resumed: .rollbackResumed
    case .stopped: .rollbackStopped
    case .awaitingConsent: .rollbackAwaitingConsent
    case .completed: .rollbackCompleted
    case .failed: .rollbackFailed
    case .refused: .rollbackRefused
    }
  }

  /// Why it stands where it stands, or what stood in its way.
  package var detail: String? {
    switch self {
    case .stopped(let stop): stop.detail
    case .failed(let end): end.detail
    case .refused(let refused): refused.blocker
    case .started, .resumed, .awaitingConsent, .completed: nil
    }
  }
}

package struct RollbackStart: Hashable, Sendable {
  package var planDigest: String
  package var steps: [ConnectionCommand.Kind]
  package var target: RollbackTarget
  package var targetVersion: Int
  /// The state that the steps should leave, with those that a person takes. Absent in schema 1.
  package var reaches: ConnectionState?
  /// After the steps a person must consent in a browser.
  package var needsConsent: Bool

  /// What a person sends after the steps.
  package var awaited: [ConnectionCommand.Kind] {
    guard needsConsent else { return [] }
    return reaches?.isEnabled == false ? [.verify] : [.verify, .activate]
  }

  package init(
    planDigest: String, steps: [ConnectionCommand.Kind], target: RollbackTarget,
    targetVersion: Int, reaches: ConnectionState? = nil, needsConsent: Bool = false
  ) {
    self.planDigest = planDigest
    self.steps = steps
    self.target = target
    self.targetVersion = targetVersion
    self.reaches = reaches
    self.needsConsent = needsConsent
  }
}

package struct RollbackResumption: Hashable, Sendable {
  /// Of the plan for what was left.
  package var planDigest: String
  package var startedBy: EventID
  package var steps: [ConnectionCommand.Kind]

  package init(planDigest: String, startedBy: EventID, steps: [ConnectionCommand.Kind]) {
    self.planDigest = planDigest
    self.startedBy = startedBy
    self.steps = steps
  }
}

package struct RollbackStop: Hashable, Sendable {
  /// The step that did not succeed; absent when it was no step.
  package var commandID: CommandID?
  package var detail: String
  /// Whether the step happened is not known.
  package var isInDoubt: Bool
  package var startedBy: EventID
  package var stepsDone: Int

  package init(
    startedBy: EventID, stepsDone: Int, detail: String, commandID: CommandID? = nil,
    isInDoubt: Bool = false
  ) {
    self.startedBy = startedBy
    self.stepsDone = stepsDone
    self.detail = detail
    self.commandID = commandID
    self.isInDoubt = isInDoubt
  }
}

/// A rollback that a person has to finish.
package struct ConsentWait: Hashable, Sendable {
  /// When it ends by itself.
  package var expiresAt: Instant
  /// The link for the browser, sealed: whoever opens it may consent. Absent when Okta gave none.
  package var link: SecretReference?
  package var startedBy: EventID
  package var stepsDone: Int

  package init(
    startedBy: EventID, stepsDone: Int, expiresAt: Instant, link: SecretReference? = nil
  ) {
    self.startedBy = startedBy
    self.stepsDone = stepsDone
    self.expiresAt = expiresAt
    self.link = link
  }
}

package struct RollbackEnd: Hashable, Sendable {
  /// Why a rollback ended short of its target.
  package enum Cause: String, Sendable {
    /// A person gave it up.
    case abandoned
    /// The time in which a person was to finish it was over.
    case expired
  }

  /// Absent for a completed rollback, and in schema 1.
  package var cause: Cause?
  /// Why it stopped; absent when it was completed.
  package var detail: String?
  package var startedBy: EventID
  package var stepsDone: Int

  package init(startedBy: EventID, stepsDone: Int, detail: String? = nil, cause: Cause? = nil) {
    self.startedBy = startedBy
    self.stepsDone = stepsDone
    self.detail = detail
    self.cause = cause
  }
}

/// What somebody wanted, and why it was not begun.
package struct RefusedRollback: Hashable, Sendable {
  /// In a word, such as `planIsVoid`.
  package var blocker: String
  /// The plan that was agreed to, where one was named.
  package var planDigest: String?
  /// What the word is about, such as the fingerprint of a compromised secret.
  package var subject: String?
  package var target: RollbackTarget

  package init(
    _ target: RollbackTarget, blocker: String, subject: String? = nil, planDigest: String? = nil
  ) {
    self.target = target
    self.blocker = blocker
    self.subject = subject
    self.planDigest = planDigest
  }
}

// MARK: - Stored form

extension RollbackEvent {
  init(
    kind: EventPayload.Kind, schema: Int, from reader: inout CanonicalReader
  ) throws(EventFault) {
    switch (kind, schema) {
    case (.rollbackStarted, 1...2):
      self = .started(try RollbackStart(from: &reader, schema: schema))
    case (.rollbackResumed, 1): self = .resumed(try RollbackResumption(from: &reader))
    case (.rollbackStopped, 1): self = .stopped(try RollbackStop(from: &reader))
    case (.rollbackAwaitingConsent, 1): self = .awaitingConsent(try ConsentWait(from: &reader))
    case (.rollbackCompleted, 1): self = .completed(try RollbackEnd(from: &reader, schema: 1))
    case (.rollbackFailed, 1...2):
      self = .failed(try RollbackEnd(from: &reader, schema: schema))
    case (.rollbackRefused, 1): self = .refused(try RefusedRollback(from: &reader))
    default: throw .unknownType(kind.rawValue, schema: schema)
    }
  }

  func write(to writer: inout CanonicalWriter) {
    switch self {
    case .started(let start): start.write(to: &writer)
    case .resumed(let resumption): resumption.write(to: &writer)
    case .stopped(let stop): stop.write(to: &writer)
    case .awaitingConsent(let wait): wait.write(to: &writer)
    case .completed(let end), .failed(let end): end.write(to: &writer)
    case .refused(let refused): refused.write(to: &writer)
    }
  }
}

extension RollbackStart {
  func write(to writer: inout CanonicalWriter) {
    if needsConsent { writer.boolean("needsConsent", true) }
    writer.string("planDigest", planDigest)
    if let reaches { writer.object("reaches") { reaches.write(to: &$0) } }
    writer.strings("steps", steps.map(\.rawValue))
    writer.object("target") { target.write(to: &$0) }
    writer.integer("targetVersion", targetVersion)
  }

  /// Schema 1 knew no consent and did not say what it was to reach.
  init(from reader: inout CanonicalReader, schema: Int) throws(EventFault) {
    needsConsent = schema >= 2 ? try reader.flag("needsConsent") : false
    planDigest = try reader.string("planDigest")
    if schema >= 2 {
      reaches = try reader.optionalObject("reaches") { (reader) throws(EventFault) in
        try ConnectionState(from: &reader)
      }
    }
    steps = try reader.commandKinds("steps")
    target = try reader.object("target") { (reader) throws(EventFault) in
      try RollbackTarget(from: &reader)
    }
    targetVersion = try reader.integer("targetVersion")
  }
}

extension RollbackResumption {
  func write(to writer: inout CanonicalWriter) {
    writer.string("planDigest", planDigest)
    writer.string("startedBy", startedBy.description)
    writer.strings("steps", steps.map(\.rawValue))
  }

  init(from reader: inout CanonicalReader) throws(EventFault) {
    planDigest = try reader.string("planDigest")
    startedBy = try reader.id("startedBy")
    steps = try reader.commandKinds("steps")
  }
}

extension RollbackStop {
  func write(to writer: inout CanonicalWriter) {
    writer.string("commandId", commandID?.description)
    writer.string("detail", detail)
    writer.boolean("inDoubt", isInDoubt)
    writer.string("startedBy", startedBy.description)
    writer.integer("stepsDone", stepsDone)
  }

  init(from reader: inout CanonicalReader) throws(EventFault) {
    commandID = try reader.optionalID("commandId")
    detail = try reader.string("detail")
    isInDoubt = try reader.boolean("inDoubt")
    startedBy = try reader.id("startedBy")
    stepsDone = try reader.integer("stepsDone")
  }
}

extension ConsentWait {
  func write(to writer: inout CanonicalWriter) {
    writer.string("expiresAt", expiresAt.description)
    if let link { writer.object("link") { link.write(to: &$0) } }
    writer.string("startedBy", startedBy.description)
    writer.integer("stepsDone", stepsDone)
  }

  init(from reader: inout CanonicalReader) throws(EventFault) {
    guard let expiresAt = try reader.optionalInstant("expiresAt") else {
      throw .malformed(offset: 0, expected: "the field \"expiresAt\"")
    }
    self.expiresAt = expiresAt
    link = try reader.optionalObject("link") { (reader) throws(EventFault) in
      try SecretReference(from: &reader)
    }
    startedBy = try reader.id("startedBy")
    stepsDone = try reader.integer("stepsDone")
  }
}

extension RollbackEnd {
  func write(to writer: inout CanonicalWriter) {
    writer.string("cause", cause?.rawValue)
    writer.string("detail", detail)
    writer.string("startedBy", startedBy.description)
    writer.integer("stepsDone", stepsDone)
  }

  /// In schema 1 a step that did not succeed was the end.
  init(from reader: inout CanonicalReader, schema: Int) throws(EventFault) {
    if schema >= 2 { cause = try reader.optionalWord("cause", of: Cause.self) }
    detail = try reader.optionalString("detail")
    startedBy = try reader.id("startedBy")
    stepsDone = try reader.integer("stepsDone")
  }
}

extension RefusedRollback {
  func write(to writer: inout CanonicalWriter) {
    writer.string("blocker", blocker)
    writer.string("planDigest", planDigest)
    writer.string("subject", subject)
    writer.object("target") { target.write(to: &$0) }
  }

  init(from reader: inout CanonicalReader) throws(EventFault) {
    blocker = try reader.string("blocker")
    planDigest = try reader.optionalString("planDigest")
    subject = try reader.optionalString("subject")
    target = try reader.object("target") { (reader) throws(EventFault) in
      try RollbackTarget(from: &reader)
    }
  }
}

extension CanonicalReader {
  fileprivate mutating func commandKinds(
    _ key: StaticString
  ) throws(EventFault) -> [ConnectionCommand.Kind] {
    try strings(key).map { (word) throws(EventFault) in
      guard let kind = ConnectionCommand.Kind(rawValue: word) else {
        throw .unknownWord(field: "\(key)", word: word)
      }
      return kind
    }
  }
}
