/// One immutable fact of the journal. Its canonical bytes are the truth; see
/// `Event+canonical.swift`.
package struct Event: Hashable, Sendable {
  /// The place in the journal, gapless from 0. Order is the index, never a clock.
  package var index: Int
  package var id: EventID
  package var stream: StreamID
  /// The place in the stream, gapless from 1.
  package var streamVersion: Int
  /// The index of the event before it in the same stream; absent for the first.
  package var previous: Int?
  /// When it was recorded. The journal never lets it run backwards.
  package var recordedAt: Instant
  package var context: EventContext
  package var payload: EventPayload
  /// The number of the shape in which the payload is stored: today's, or an older one.
  package let schema: Int

  package init(
    draft: EventDraft, index: Int, stream: StreamID, streamVersion: Int, previous: Int?,
    recordedAt: Instant
  ) {
    self.index = index
    self.id = draft.id
    self.stream = stream
    self.streamVersion = streamVersion
    self.previous = previous
    self.recordedAt = recordedAt
    self.context = draft.context
    self.payload = draft.payload
    schema = draft.payload.kind.schema
  }
}

/// An event before the journal has given it its place.
package struct EventDraft: Hashable, Sendable {
  package var id: EventID
  package var recordedAt: Instant
  package var context: EventContext
  package var payload: EventPayload

  package init(id: EventID, recordedAt: Instant, context: EventContext, payload: EventPayload) {
    self.id = id
    self.recordedAt = recordedAt
    self.context = context
    self.payload = payload
  }
}

/// Who, in which command, caused by what, and why.
package struct EventContext: Hashable, Sendable {
  package var actor: ActorIdentity
  package var commandID: CommandID?
  /// The event that this one follows from, such as the start of a rollback.
  package var causationID: EventID?
  /// What belongs together in the caller's eyes.
  package var correlationID: UUIDv7?
  /// Up to 2,000 bytes, in the caller's words.
  package var reason: String?
  /// Up to 200 bytes.
  package var ticket: String?

  package init(
    actor: ActorIdentity, commandID: CommandID? = nil, causationID: EventID? = nil,
    correlationID: UUIDv7? = nil, reason: String? = nil, ticket: String? = nil
  ) {
    self.actor = actor
    self.commandID = commandID
    self.causationID = causationID
    self.correlationID = correlationID
    self.reason = reason
    self.ticket = ticket
  }
}
