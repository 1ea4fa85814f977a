/// What happens to sealed secrets after they were recorded, to the holds over them, and to the key
/// that wraps theirs. The stream `secrets` tells it; who and why is in the event's context.
package enum SecretEvent: Hashable, Sendable {
  /// The secret must never be used again.
  case markedCompromised(fingerprint: String)
  /// The data keys of these sealed copies are destroyed in the transaction of this event.
  case shredded(Shredding)
  /// An attempt that was refused: nothing was changed and nothing shown.
  case refused(SecretRefusal)
  /// Recorded before the secret is shown.
  case revealed(SealedCopy)
  case holdAdded(Hold)
  case holdReleased(holdID: UUIDv7)
  case keyRotated(KeyRotation)

  package var kind: EventPayload.Kind {
    switch self {
    case .markedCompromised: .secretMarkedCompromised
    case .shredded: .secretShredded
    case .refused: .secretRefused
    case .revealed: .secretRevealed
    case .holdAdded: .holdAdded
    case .holdReleased: .holdReleased
    case .keyRotated: .keyRotated
    }
  }
}

/// One sealed copy of a secret: each update seals its secrets anew.
package struct SealedCopy: Hashable, Sendable {
  /// The key of the sealed bytes in the journal.
  package var id: UUIDv7
  package var appID: AppID
  package var field: SecretField
  package var fingerprint: String

  package init(id: UUIDv7, appID: AppID, field: SecretField, fingerprint: String) {
    self.id = id
    self.appID = appID
    self.field = field
    self.fingerprint = fingerprint
  }
}

package struct Shredding: Hashable, Sendable {
  package var copies: [SealedCopy]
  /// The rule that chose them; absent when they were named.
  package var olderThanDays: Int?

  package init(_ copies: [SealedCopy], olderThanDays: Int? = nil) {
    self.copies = copies
    self.olderThanDays = olderThanDays
  }
}

/// What somebody wanted of a secret, and why it was refused.
package struct SecretRefusal: Hashable, Sendable {
  package enum Attempt: String, Sendable {
    case shred, reveal
  }

  package var attempt: Attempt
  package var detail: String
  package var fingerprint: String

  package init(_ attempt: Attempt, of fingerprint: String, because detail: String) {
    self.attempt = attempt
    self.detail = detail
    self.fingerprint = fingerprint
  }
}

/// A legal hold: what it covers is not shredded while it stands.
package struct Hold: Hashable, Sendable {
  package enum Scope: Hashable, Sendable {
    /// Every secret of the journal.
    case all
    /// The secrets that this connection ever had.
    case connection(AppID)
    case secret(fingerprint: String)
  }

  package var id: UUIDv7
  package var scope: Scope

  package init(id: UUIDv7, scope: Scope) {
    self.id = id
    self.scope = scope
  }

  package func covers(_ copy: SealedCopy) -> Bool {
    switch scope {
    case .all: true
    case .connection(let app): copy.appID == app
    case .secret(let fingerprint): copy.fingerprint == fingerprint
    }
  }
}

/// All wrapped keys were wrapped anew; no event and no sealed secret was touched.
package struct KeyRotation: Hashable, Sendable {
  /// Both name a master key without revealing it.
  package var from: String
  package var to: String
  /// How many data keys were wrapped anew.
  package var count: Int

  package init(from: String, to: String, count: Int) {
    self.from = from
    self.to = to
    self.count = count
  }
}

// MARK: - Stored form

extension SecretEvent {
  init(
    kind: EventPayload.Kind, from reader: inout CanonicalReader
  ) throws(EventFault) {
    switch kind {
    case .secretMarkedCompromised:
      self = .markedCompromised(fingerprint: try reader.string("fingerprint"))
    case .secretShredded: self = .shredded(try Shredding(from: &reader))
    case .secretRefused: self = .refused(try SecretRefusal(from: &reader))
    case .secretRevealed: self = .revealed(try SealedCopy(from: &reader))
    case .holdAdded: self = .holdAdded(try Hold(from: &reader))
    case .holdReleased: self = .holdReleased(holdID: try reader.id("holdId"))
    case .keyRotated: self = .keyRotated(try KeyRotation(from: &reader))
    default: throw .unknownWord(field: "type", word: kind.rawValue)
    }
  }

  func write(to writer: inout CanonicalWriter) {
    switch self {
    case .markedCompromised(let fingerprint): writer.string("fingerprint", fingerprint)
    case .shredded(let shredding): shredding.write(to: &writer)
    case .refused(let refusal): refusal.write(to: &writer)
    case .revealed(let copy): copy.write(to: &writer)
    case .holdAdded(let hold): hold.write(to: &writer)
    case .holdReleased(let holdID): writer.string("holdId", holdID.description)
    case .keyRotated(let rotation): rotation.write(to: &writer)
    }
  }
}

extension SealedCopy {
  func write(to writer: inout CanonicalWriter) {
    writer.string("appId", appID.description)
    writer.string("field", field.rawValue)
    writer.string("fingerprint", fingerprint)
    writer.string("id", id.description)
  }

  init(from reader: inout CanonicalReader) throws(EventFault) {
    appID = AppID(recorded: try reader.string("appId"))
    field = try reader.word("field", of: SecretField.self)
    fingerprint = try reader.string("fingerprint")
    id = try reader.id("id")
  }
}

extension Shredding {
  func write(to writer: inout CanonicalWriter) {
    writer.objects("copies", copies) { $1.write(to: &$0) }
    writer.integer("olderThanDays", olderThanDays)
  }

  init(from reader: inout CanonicalReader) throws(EventFault) {
    copies = try reader.objects("copies") { (reader) throws(EventFault) in
      try SealedCopy(from: &reader)
    }
    olderThanDays = try reader.optionalInteger("olderThanDays")
  }
}

extension SecretRefusal {
  func write(to writer: inout CanonicalWriter) {
    writer.string("attempt", attempt.rawValue)
    writer.string("detail", detail)
    writer.string("fingerprint", fingerprint)
  }

  init(from reader: inout CanonicalReader) throws(EventFault) {
    attempt = try reader.word("attempt", of: Attempt.self)
    detail = try reader.string("detail")
    fingerprint = try reader.string("fingerprint")
  }
}

extension Hold {
  func write(to writer: inout CanonicalWriter) {
    if case .connection(let app) = scope { writer.string("appId", app.description) }
    if case .secret(let fingerprint) = scope { writer.string("fingerprint", fingerprint) }
    writer.string("holdId", id.description)
  }

  init(from reader: inout CanonicalReader) throws(EventFault) {
    if let app = try reader.optionalString("appId") {
      scope = .connection(AppID(recorded: app))
    } else if let fingerprint = try reader.optionalString("fingerprint") {
      scope = .secret(fingerprint: fingerprint)
    } else {
      scope = .all
    }
    id = try reader.id("holdId")
  }
}

extension KeyRotation {
  func write(to writer: inout CanonicalWriter) {
    writer.integer("count", count)
    writer.string("from", from)
    writer.string("to", to)
  }

  init(from reader: inout CanonicalReader) throws(EventFault) {
    count = try reader.integer("count")
    from = try reader.string("from")
    to = try reader.string("to")
  }
}
