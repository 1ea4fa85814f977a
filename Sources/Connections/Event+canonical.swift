/// The stored form of an event: canonical bytes, and how each version of each type is read.
///
/// A type's shape never changes under its number. A new shape takes the next `schema`; the old
/// number keeps a case of its own in `EventPayload.init(type:schema:from:)`, which builds today's
/// value from yesterday's fields (the upcast). Stored bytes are never rewritten, and an event that
/// was read gives back the bytes that it was read from.
extension Event {
  /// The longest body that a tile entry can hold (c2sp.org/tlog-tiles: a 16-bit length).
  package static let maximumBodyBytes = 65_535

  package var canonicalBytes: [UInt8] {
    canonicalBytes(after: Self.head(id, context, payload, in: stream))
  }

  /// - Parameter head: that of the draft in the event's stream.
  package func canonicalBytes(after head: [UInt8]) -> [UInt8] {
    CanonicalWriter.closing(head) { writer in
      writer.integer("index", index)
      writer.integer("previous", previous)
      writer.string("reason", context.reason)
      writer.string("recordedAt", recordedAt.description)
      writer.integer("schema", schema)
      writer.integer("streamVersion", streamVersion)
      writer.string("ticket", context.ticket)
      writer.string("type", payload.kind.rawValue)
    }
  }

  fileprivate static func head(
    _ id: EventID, _ context: EventContext, _ payload: EventPayload, in stream: StreamID
  ) -> [UInt8] {
    CanonicalWriter.opening { writer in
      writer.object("actor") { context.actor.write(to: &$0) }
      writer.string("appId", stream.appID?.description)
      writer.string("causationId", context.causationID?.description)
      writer.string("commandId", context.commandID?.description)
      writer.string("correlationId", context.correlationID?.description)
      writer.object("data") { payload.write(to: &$0) }
      writer.string("id", id.description)
    }
  }

  package init(canonicalBytes bytes: [UInt8]) throws(EventFault) {
    self = try Self.read(bytes)
  }

  /// Reads an event from bytes that are only lent.
  package init(lent bytes: UnsafeRawBufferPointer) throws(EventFault) {
    var reader = EventReader()
    self = try reader.event(lent: bytes)
  }

  private static func read(_ bytes: [UInt8]) throws(EventFault) -> Event {
    let result: Result<Event, EventFault> = bytes.withUnsafeBytes { lent in
      do throws(EventFault) { return .success(try Event(lent: lent)) } catch {
        return .failure(error)
      }
    }
    return try result.get()
  }

  fileprivate init(
    from reader: inout CanonicalReader, type: EventPayload.Kind, schema: Int,
    actors: inout KnownObjects<ActorIdentity>
  ) throws(EventFault) {
    let actor = try reader.object("actor", known: &actors) { (reader) throws(EventFault) in
      try ActorIdentity(from: &reader)
    }
    let appID = try reader.optionalString("appId").map(AppID.init(recorded:))
    let causationID = try reader.optionalID("causationId")
    let commandID = try reader.optionalID("commandId")
    let correlationID = try reader.optionalID("correlationId")
    payload = try reader.object("data") { (reader) throws(EventFault) in
      try EventPayload(type: type, schema: schema, from: &reader)
    }
    id = try reader.id("id")
    index = try reader.integer("index")
    previous = try reader.optionalInteger("previous")
    let reason = try reader.optionalString("reason")
    let recordedAt = try reader.optionalInstant("recordedAt")
    _ = try reader.integer("schema")
    streamVersion = try reader.integer("streamVersion")
    let ticket = try reader.optionalString("ticket")
    _ = try reader.string("type")
    guard let recordedAt else {
      throw .malformed(offset: 0, expected: "the field \"recordedAt\"")
    }
    self.recordedAt = recordedAt
    self.schema = schema
    stream = appID.map(StreamID.connection) ?? type.ownStream
    context = EventContext(
      actor: actor, commandID: commandID, causationID: causationID, correlationID: correlationID,
      reason: reason, ticket: ticket)
  }
}

extension EventDraft {
  /// The beginning of the body, up to the id: all of it that does not depend on the event's place.
  package func canonicalHead(in stream: StreamID) -> [UInt8] {
    Event.head(id, context, payload, in: stream)
  }
}

/// Reads one event after another: most of them have an actor of one of those before.
package struct EventReader {
  private var actors = KnownObjects<ActorIdentity>()

  package init() {}

  /// Reads an event from bytes that are only lent.
  package mutating func event(lent bytes: UnsafeRawBufferPointer) throws(EventFault) -> Event {
    // `type` and `schema` come after `data` in canonical order, and say how to read it: the type is
    // the last field of a body, so it is found from the end.
    let (type, schema) = try EventTypeTag.find(in: bytes)
    return try CanonicalReader.object(bytes) { (reader) throws(EventFault) in
      try Event(from: &reader, type: type, schema: schema, actors: &actors)
    }
  }
}

/// Finds the type and schema of a body without reading it from the front.
private enum EventTypeTag {
  static func find(
    in bytes: UnsafeRawBufferPointer
  ) throws(EventFault) -> (type: EventPayload.Kind, schema: Int) {
    let end = bytes.count - 2
    guard end > 10, bytes[end + 1] == UInt8(ascii: "}"), bytes[end] == UInt8(ascii: "\"") else {
      throw missingType(bytes)
    }
    var start = end
    while start > 0, bytes[start - 1] != UInt8(ascii: "\"") { start -= 1 }
    let key: StaticString = "\"type\":\""
    guard start >= key.utf8CodeUnitCount,
      bytes.stands(key, at: start - key.utf8CodeUnitCount)
    else { throw missingType(bytes) }
    let text = UnsafeRawBufferPointer(rebasing: bytes[start..<end])
    let schema = try schemaNumber(in: bytes)
    for (type, word) in EventPayload.Kind.words
    where word.utf8CodeUnitCount == text.count && text.stands(word, at: 0) {
      return (type, schema)
    }
    throw .unknownType(String(decoding: text, as: UTF8.self), schema: schema)
  }

  /// The last `"schema":` of the body: only `streamVersion`, `ticket` and `type` follow it, and a
  /// quote inside a ticket is escaped, so no text can pose as it.
  private static func schemaNumber(
    in bytes: UnsafeRawBufferPointer
  ) throws(EventFault) -> Int {
    let key: StaticString = ",\"schema\":"
    var start = bytes.count - key.utf8CodeUnitCount
    while start > 0 {
      if bytes[start] == UInt8(ascii: ","), bytes.stands(key, at: start) {
        var value = 0
        var position = start + key.utf8CodeUnitCount
        while position < bytes.count, (48...57).contains(bytes[position]), value < 1_000_000 {
          value = value * 10 + Int(bytes[position] - 48)
          position += 1
        }
        return value
      }
      start -= 1
    }
    throw .malformed(offset: bytes.count, expected: "the field \"schema\"")
  }

  private static func missingType(_ bytes: UnsafeRawBufferPointer) -> EventFault {
    .malformed(offset: bytes.count, expected: "the field \"type\" at the end")
  }
}

extension ActorIdentity {
  func write(to writer: inout CanonicalWriter) {
    writer.string("display", display)
    writer.string("id", id)
    writer.string("kind", kind.rawValue)
    writer.strings("roles", roles.map(\.rawValue))
    writer.string("sourceAddress", sourceAddress)
    writer.string("userAgent", userAgent)
  }

  init(from reader: inout CanonicalReader) throws(EventFault) {
    display = try reader.string("display")
    id = try reader.string("id")
    kind = try reader.word("kind", of: Kind.self)
    roles = []
    for word in try reader.strings("roles") {
      guard let role = Role(rawValue: word) else { throw .unknownWord(field: "roles", word: word) }
      roles.append(role)
    }
    sourceAddress = try reader.optionalString("sourceAddress")
    userAgent = try reader.optionalString("userAgent")
  }
}
