extension EventPayload.Kind {
  /// The number under which today's shape of this type is written.
  var schema: Int {
    switch self {
    case .observed, .intended, .succeeded, .refused, .notSent, .inDoubt, .resolved,
      .rollbackStarted, .rollbackFailed, .exported:
      2
    default: 1
    }
  }
}

extension EventPayload {
  /// One case for each shape that was ever written. Whatever is not here stops the reader.
  init(
    type: Kind, schema: Int, from reader: inout CanonicalReader
  ) throws(EventFault) {
    switch (type, schema) {
    case (.observed, 1...2): self = .observed(try Observation(from: &reader, schema: schema))
    case (.intended, 1...2): self = .intended(try Intent(from: &reader, schema: schema))
    case (.succeeded, 1...2): self = .succeeded(try Outcome(from: &reader, schema: schema))
    case (.refused, 1...2): self = .refused(try Outcome(from: &reader, schema: schema))
    case (.notSent, 1...2): self = .notSent(try Outcome(from: &reader, schema: schema))
    case (.inDoubt, 1...2): self = .inDoubt(try Outcome(from: &reader, schema: schema))
    case (.resolved, 1...2): self = .resolved(try Resolution(from: &reader, schema: schema))
    case (.rollbackStarted, _), (.rollbackResumed, _), (.rollbackStopped, _),
      (.rollbackAwaitingConsent, _), (.rollbackCompleted, _), (.rollbackFailed, _),
      (.rollbackRefused, _):
      self = .rollback(try RollbackEvent(kind: type, schema: schema, from: &reader))
    case (.exported, 1...2): self = .exported(try Export(from: &reader, schema: schema))
    case (.tokenCreated, 1): self = .tokenCreated(try TokenRecord(from: &reader))
    case (.tokenRevoked, 1):
      self = .tokenRevoked(tokenID: try reader.id("tokenId"))
    case (.signedIn, 1), (.denied, 1), (.watchResumed, 1), (.appLabelled, 1):
      self = .notice(try Notice(kind: type, from: &reader))
    case (_, 1) where type.ownStream == .secrets:
      self = .secret(try SecretEvent(kind: type, from: &reader))
    case (_, 1) where type.ownStream == .organisation:
      self = .organisation(try OrganisationEvent(kind: type, from: &reader))
    default: throw .unknownType(type.rawValue, schema: schema)
    }
  }

  func write(to writer: inout CanonicalWriter) {
    switch self {
    case .observed(let observation): observation.write(to: &writer)
    case .intended(let intent): intent.write(to: &writer)
    case .succeeded(let outcome), .refused(let outcome), .notSent(let outcome),
      .inDoubt(let outcome):
      outcome.write(to: &writer)
    case .resolved(let resolution): resolution.write(to: &writer)
    case .rollback(let event): event.write(to: &writer)
    case .organisation(let event): event.write(to: &writer)
    case .exported(let export): export.write(to: &writer)
    case .tokenCreated(let token): token.write(to: &writer)
    case .tokenRevoked(let tokenID): writer.string("tokenId", tokenID.description)
    case .secret(let event): event.write(to: &writer)
    case .notice(let notice): notice.write(to: &writer)
    }
  }
}

extension Observation {
  func write(to writer: inout CanonicalWriter) {
    writer.string("cause", cause.rawValue)
    writer.boolean("drift", isDrift)
    writer.object("state") { state.write(to: &$0) }
  }

  /// Schema 1 knew no read after a command.
  init(from reader: inout CanonicalReader, schema: Int) throws(EventFault) {
    cause = try reader.word("cause", of: Cause.self)
    if schema == 1, cause == .after {
      throw .unknownWord(field: "cause", word: cause.rawValue)
    }
    isDrift = try reader.boolean("drift")
    state = try reader.object("state") { (reader) throws(EventFault) in
      try ConnectionState(from: &reader)
    }
  }
}

extension Intent {
  func write(to writer: inout CanonicalWriter) {
    writer.integer("attempt", attempt)
    writer.object("before") { before.write(to: &$0) }
    writer.object("command") { command.write(to: &$0) }
    writer.integer("expectedVersion", expectedVersion)
    if let idempotency {
      writer.object("idempotency") { writer in
        writer.string("key", idempotency.key)
        writer.string("payload", idempotency.payload)
      }
    }
    writer.string("repeatOf", repeatOf?.description)
    writer.string("retryFor", retryFor)
  }

  /// Schema 1 knew neither a key of the caller's nor a suspected repeat.
  init(from reader: inout CanonicalReader, schema: Int) throws(EventFault) {
    attempt = try reader.optionalInteger("attempt")
    before = try reader.object("before") { (reader) throws(EventFault) in
      try Reading(from: &reader)
    }
    command = try reader.object("command") { (reader) throws(EventFault) in
      try ConnectionCommand(from: &reader)
    }
    expectedVersion = try reader.integer("expectedVersion")
    if schema >= 2 {
      idempotency = try reader.optionalObject("idempotency") { (reader) throws(EventFault) in
        IdempotencyMark(key: try reader.string("key"), payload: try reader.string("payload"))
      }
      repeatOf = try reader.optionalID("repeatOf")
    }
    retryFor = try reader.optionalString("retryFor")
  }
}

extension Outcome {
  func write(to writer: inout CanonicalWriter) {
    if let after { writer.object("after") { after.write(to: &$0) } }
    if let answer { writer.object("answer") { answer.write(to: &$0) } }
    writer.object("call") { call.write(to: &$0) }
    writer.string("refusedKind", refusedKind?.rawValue)
  }

  /// Schema 1 kept no copy of an answer.
  init(from reader: inout CanonicalReader, schema: Int) throws(EventFault) {
    after = try reader.optionalObject("after") { (reader) throws(EventFault) in
      try Reading(from: &reader)
    }
    if schema >= 2 {
      answer = try reader.optionalObject("answer") { (reader) throws(EventFault) in
        try SecretReference(from: &reader)
      }
    }
    call = try reader.object("call") { (reader) throws(EventFault) in
      try CallRecord(from: &reader)
    }
    refusedKind = try reader.optionalWord("refusedKind", of: ConnectionCommand.Kind.self)
  }
}

extension Resolution {
  func write(to writer: inout CanonicalWriter) {
    if let observed { writer.object("observed") { observed.write(to: &$0) } }
    if isRuling { writer.boolean("ruling", true) }
    writer.string("supersededBy", supersededBy?.description)
    writer.string("verdict", verdict.rawValue)
  }

  /// Schema 1 knew no ruling: a read or a later update had settled it.
  init(from reader: inout CanonicalReader, schema: Int) throws(EventFault) {
    observed = try reader.optionalObject("observed") { (reader) throws(EventFault) in
      try Reading(from: &reader)
    }
    if schema >= 2 { isRuling = try reader.flag("ruling") }
    supersededBy = try reader.optionalID("supersededBy")
    verdict = try reader.word("verdict", of: Verdict.self)
  }
}

extension Export {
  func write(to writer: inout CanonicalWriter) {
    writer.string("asOf", asOf)
    writer.string("definition", definition)
    writer.string("from", from)
    writer.integer("n", count)
    // Of 64 bits without a sign, which no canonical integer has.
    writer.string("seed", seed.map { String($0) })
    writer.string("to", to)
    writer.integer("trueAtSize", trueAtSize)
  }

  /// Schema 1 knew a period alone.
  init(from reader: inout CanonicalReader, schema: Int) throws(EventFault) {
    if schema >= 2 { asOf = try reader.optionalString("asOf") }
    definition = try reader.string("definition")
    from = try reader.optionalString("from")
    if schema >= 2 {
      count = try reader.optionalInteger("n")
      seed = try reader.optionalString("seed").map { (word) throws(EventFault) in
        guard let seed = UInt64(word) else { throw .unknownWord(field: "seed", word: word) }
        return seed
      }
    }
    to = try reader.optionalString("to")
    trueAtSize = try reader.integer("trueAtSize")
  }
}

extension TokenRecord {
  func write(to writer: inout CanonicalWriter) {
    writer.string("hash", hash)
    writer.string("name", name)
    writer.string("role", role.rawValue)
    writer.string("tokenId", id.description)
  }

  init(from reader: inout CanonicalReader) throws(EventFault) {
    hash = try reader.string("hash")
    name = try reader.string("name")
    role = try reader.word("role", of: Role.self)
    id = try reader.id("tokenId")
  }
}
