package import Connections

extension EventPayload {
  /// A state that was read.
  package static let seen = EventPayload.observed(
    Observation(
      cause: .client, isDrift: false,
      state: ConnectionState(status: "ENABLED", authScheme: "TOKEN")))

  /// The intent of a command before which nothing was known.
  package static func intends(_ command: ConnectionCommand) -> EventPayload {
    .intended(Intent(before: Reading(without: "notFound"), command: command, expectedVersion: 0))
  }

  package static let success = EventPayload.succeeded(Outcome(call: CallRecord(status: 200)))

  /// A refusal by policy: nothing was intended, nothing was sent.
  package static let policyRefusal = EventPayload.refused(
    Outcome(call: CallRecord(detail: "The body is no JSON."), refusedKind: .update))
}

extension StreamID {
  /// The stream of the connection of an app.
  package static func app(_ name: String) -> StreamID {
    AppID(name).map(StreamID.connection) ?? .access
  }
}
