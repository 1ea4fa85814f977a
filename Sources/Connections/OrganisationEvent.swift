/// What concerns all connections together. The stream `organisation` tells it.
package enum OrganisationEvent: Hashable, Sendable {
  /// The journal is the log of the organisation that answers under this host, from here on.
  case named(host: String)
  /// Each connection's own rollback names this event as its cause.
  case rollbackStarted(OrganisationRollback)
  case rollbackResumed(startedBy: EventID)
  case rollbackEnded(OrganisationRollbackEnd)
  /// An attempt that was not begun.
  case rollbackRefused(RefusedOrganisationRollback)

  package var kind: EventPayload.Kind {
    switch self {
    case .named: .organisationNamed
    case .rollbackStarted: .organisationRollbackStarted
    case .rollbackResumed: .organisationRollbackResumed
    case .rollbackEnded: .organisationRollbackEnded
    case .rollbackRefused: .organisationRollbackRefused
    }
  }
}

/// Which changes are undone, of all connections.
package enum RollbackSelection: Hashable, Sendable {
  /// Every connection goes back to what it was at this moment.
  case asOf(Instant)
  /// Every connection that this actor changed in this span goes back to what it was before the
  /// first of these changes. An actor's id or its display name.
  case actor(String, from: Instant, to: Instant)
  /// The same for all changes with this correlation id.
  case correlation(UUIDv7)
}

package struct OrganisationRollback: Hashable, Sendable {
  /// The connections that differ from where they shall be.
  package var connections: Int
  package var planDigest: String
  package var selection: RollbackSelection
  /// The size of the journal on which the targets stand: what comes later moves none of them.
  package var trueAtSize: Int

  package init(
    _ selection: RollbackSelection, connections: Int, planDigest: String, trueAtSize: Int
  ) {
    self.selection = selection
    self.connections = connections
    self.planDigest = planDigest
    self.trueAtSize = trueAtSize
  }
}

package struct OrganisationRollbackEnd: Hashable, Sendable {
  package enum Cause: String, Sendable {
    /// Each connection is where it should be, or waits for a person's consent.
    case completed
    /// A person gave it up.
    case abandoned
  }

  package var cause: Cause
  package var startedBy: EventID

  package init(startedBy: EventID, cause: Cause) {
    self.startedBy = startedBy
    self.cause = cause
  }
}

package struct RefusedOrganisationRollback: Hashable, Sendable {
  /// In a word, such as `planIsVoid`.
  package var blocker: String
  /// The plan that was agreed to, where one was named.
  package var planDigest: String?
  package var selection: RollbackSelection

  package init(_ selection: RollbackSelection, blocker: String, planDigest: String? = nil) {
    self.selection = selection
    self.blocker = blocker
    self.planDigest = planDigest
  }
}

// MARK: - Stored form

extension OrganisationEvent {
  init(kind: EventPayload.Kind, from reader: inout CanonicalReader) throws(EventFault) {
    switch kind {
    case .organisationNamed: self = .named(host: try reader.string("host"))
    case .organisationRollbackStarted:
      self = .rollbackStarted(try OrganisationRollback(from: &reader))
    case .organisationRollbackResumed:
      self = .rollbackResumed(startedBy: try reader.id("startedBy"))
    case .organisationRollbackEnded:
      let cause = try reader.word("cause", of: OrganisationRollbackEnd.Cause.self)
      self = .rollbackEnded(
        OrganisationRollbackEnd(startedBy: try reader.id("startedBy"), cause: cause))
    case .organisationRollbackRefused:
      self = .rollbackRefused(try RefusedOrganisationRollback(from: &reader))
    default: throw .unknownWord(field: "type", word: kind.rawValue)
    }
  }

  func write(to writer: inout CanonicalWriter) {
    switch self {
    case .named(let host): writer.string("host", host)
    case .rollbackStarted(let start): start.write(to: &writer)
    case .rollbackResumed(let startedBy): writer.string("startedBy", startedBy.description)
    case .rollbackEnded(let end):
      writer.string("cause", end.cause.rawValue)
      writer.string("startedBy", end.startedBy.description)
    case .rollbackRefused(let refused): refused.write(to: &writer)
    }
  }
}

extension RefusedOrganisationRollback {
  func write(to writer: inout CanonicalWriter) {
    writer.string("blocker", blocker)
    writer.string("planDigest", planDigest)
    writer.object("selection") { selection.write(to: &$0) }
  }

  init(from reader: inout CanonicalReader) throws(EventFault) {
    blocker = try reader.string("blocker")
    planDigest = try reader.optionalString("planDigest")
    selection = try reader.object("selection") { (reader) throws(EventFault) in
      try RollbackSelection(from: &reader)
    }
  }
}

extension OrganisationRollback {
  func write(to writer: inout CanonicalWriter) {
    writer.integer("connections", connections)
    writer.string("planDigest", planDigest)
    writer.object("selection") { selection.write(to: &$0) }
    writer.integer("trueAtSize", trueAtSize)
  }

  init(from reader: inout CanonicalReader) throws(EventFault) {
    connections = try reader.integer("connections")
    planDigest = try reader.string("planDigest")
    selection = try reader.object("selection") { (reader) throws(EventFault) in
      try RollbackSelection(from: &reader)
    }
    trueAtSize = try reader.integer("trueAtSize")
  }
}

extension RollbackSelection {
  package func write(to writer: inout CanonicalWriter) {
    switch self {
    case .asOf(let instant): writer.string("asOf", instant.description)
    case .actor(let actor, let from, let to):
      writer.string("actor", actor)
      writer.string("from", from.description)
      writer.string("to", to.description)
    case .correlation(let id): writer.string("correlationId", id.description)
    }
  }

  init(from reader: inout CanonicalReader) throws(EventFault) {
    let actor = try reader.optionalString("actor")
    let asOf = try reader.optionalInstant("asOf")
    let correlation = try reader.optionalID("correlationId")
    let from = try reader.optionalInstant("from")
    let to = try reader.optionalInstant("to")
    switch (asOf, actor, from, to, correlation) {
    case (let asOf?, nil, nil, nil, nil): self = .asOf(asOf)
    case (nil, let actor?, let from?, let to?, nil): self = .actor(actor, from: from, to: to)
    case (nil, nil, nil, nil, let correlation?): self = .correlation(correlation)
    default: throw .malformed(offset: 0, expected: "one selection of changes")
    }
  }
}
