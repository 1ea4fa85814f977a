import Fixtures

@testable import Connections

/// The stream of one connection, told event by event: one second lies between two of them.
struct Story: Sendable {
  static let app = AppID(recorded: "0oaZSCALER0000000001")
  static let start = Instant(microseconds: 1_795_420_320_000_000)

  private(set) var events: [Event] = []
  private var commands = 0

  var connection: Connection {
    get throws { try Connection(appID: Self.app, folding: events) }
  }

  /// The last state that was read, and what it was before anybody looked.
  private var shown: ConnectionState? { try? connection.known?.state }

  static func moment(_ version: Int) -> Instant { start.adding(seconds: Int64(version)) }

  static func telling(_ tell: (inout Story) -> Void) -> Story {
    var story = Story()
    tell(&story)
    return story
  }

  // MARK: - One event

  mutating func tell(_ payload: EventPayload, of command: CommandID? = nil) {
    events.append(next(payload, of: command))
  }

  /// The event that would come next.
  func next(_ payload: EventPayload, of command: CommandID? = nil) -> Event {
    let version = events.count + 1
    let draft = EventDraft(
      id: .event(version), recordedAt: Self.moment(version),
      context: EventContext(actor: .anna, commandID: command), payload: payload)
    return Event(
      draft: draft, index: version * 10, stream: .connection(Self.app), streamVersion: version,
      previous: version == 1 ? nil : (version - 1) * 10, recordedAt: draft.recordedAt)
  }

  mutating func tell(_ decisions: [Decision], of command: CommandID? = nil) {
    for decision in decisions { tell(decision.payload, of: decision.commandID ?? command) }
  }

  // MARK: - What happens to a connection

  mutating func baseline(_ state: ConnectionState) {
    tell(.observed(Observation(cause: .baseline, isDrift: false, state: state)))
  }

  mutating func drift(to state: ConnectionState) {
    tell(.observed(Observation(cause: .client, isDrift: true, state: state)))
  }

  /// An intent, and no outcome yet.
  @discardableResult
  mutating func intend(_ command: ConnectionCommand) -> CommandID {
    commands += 1
    let id = CommandID.command(commands)
    tell(.intended(intent(command)), of: id)
    return id
  }

  /// A command that succeeded and left this state, or left it unread.
  @discardableResult
  mutating func carryOut(_ command: ConnectionCommand, after: ConnectionState?) -> CommandID {
    let id = intend(command)
    tell(.succeeded(outcome(after)), of: id)
    return id
  }

  @discardableResult
  mutating func leaveInDoubt(_ command: ConnectionCommand, status: Int? = nil) -> CommandID {
    let id = intend(command)
    tell(.inDoubt(Outcome(call: CallRecord(status: status, detail: "timed out"))), of: id)
    return id
  }

  private func intent(_ command: ConnectionCommand) -> Intent {
    let before =
      shown.map { Reading(source: .journal, state: $0, readAt: Self.moment(events.count)) }
    return Intent(
      before: before ?? Reading(without: "notFound"), command: command,
      expectedVersion: events.count)
  }

  private func outcome(_ after: ConnectionState?) -> Outcome {
    Outcome(
      call: CallRecord(status: 200),
      after: after.map { Reading(source: .get, state: $0, readAt: Self.moment(events.count)) })
  }
}

extension UUIDv7 {
  static func event(_ number: Int) -> EventID { made(0xE0, number) }
  static func command(_ number: Int) -> CommandID { made(0xC0, number) }
  static func secret(_ number: Int) -> UUIDv7 { made(0x50, number) }

  private static func made(_ kind: UInt8, _ number: Int) -> UUIDv7 {
    UUIDv7(
      instant: Story.start, random: [UInt8](repeating: kind, count: 9) + [UInt8(number)])
  }
}

extension ConnectionState {
  /// A token app whose provisioning is off.
  static let plain = ConnectionState(
    status: "DISABLED", authScheme: "TOKEN", baseURL: "https://scim.example/1")
  static let elsewhere = plain.with { $0.baseURL = "https://scim.example/2" }
  /// Org2Org with a service app.
  static let service = ConnectionState(
    status: "DISABLED", authScheme: "OAUTH2", clientID: "0oaSERVICE0000000001",
    rotationMode: "AUTO")
  /// An app whose consent a person gives in a browser.
  static let consent = ConnectionState(
    status: "DISABLED", authScheme: "OAUTH2", offersConsent: true)
  static let unsupported = ConnectionState(status: "UNKNOWN", authScheme: "UNKNOWN")

  var on: ConnectionState { with { $0.status = "ENABLED" } }

  func with(_ change: (inout ConnectionState) -> Void) -> ConnectionState {
    var state = self
    change(&state)
    return state
  }
}

extension UpdateContent {
  /// Sets a token, of which only the fingerprint is told.
  static func token(
    _ fingerprint: String, baseURL: String? = "https://scim.example/1", activate: Bool = false,
    copy: Int = 1
  ) -> UpdateContent {
    UpdateContent(
      authScheme: "TOKEN", baseURL: baseURL,
      token: SecretReference(
        id: .secret(copy), field: .token, fingerprint: fingerprint, commitment: "c0\(copy)"),
      activate: activate)
  }

  static let service = UpdateContent(
    authScheme: "OAUTH2", clientID: "0oaSERVICE0000000001", rotationMode: "AUTO")

  var activating: UpdateContent {
    var content = self
    content.activate = true
    return content
  }
}

extension Reading {
  static func got(_ state: ConnectionState) -> Reading {
    Reading(source: .get, state: state, readAt: Story.moment(100))
  }
}
