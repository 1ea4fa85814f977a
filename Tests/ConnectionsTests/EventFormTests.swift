import Fixtures
import Testing

@testable import Connections

@Suite struct `The stored form of an event` {
  @Test func `is this text`() throws {
    let command = ConnectionCommand.update(.token("f1", activate: true))
    let intent = Intent(before: .got(.plain), command: command, expectedVersion: 3)
    let context = EventContext(
      actor: .anna, commandID: .command(1), causationID: .event(7), correlationID: .secret(6),
      reason: "rotate \"now\"", ticket: "CHG-7")
    let event = EventSamples.event(.intended(intent), context: context)
    let text = #"""
      {"actor":{"display":"Anna","id":"0192f0c1-2f3a-7bbb-8ccc-1234567890ab","kind":"token",\#
      "roles":["operator"],"sourceAddress":"192.0.2.7","userAgent":"curl/8.1"},\#
      "appId":"0oaZSCALER0000000001","causationId":"01a20763-f100-70e0-a0e0-e0e0e0e0e007",\#
      "commandId":"01a20763-f100-70c0-80c0-c0c0c0c0c001",\#
      "correlationId":"01a20763-f100-7050-9050-505050505006",\#
      "data":{"before":{"readAt":"2026-11-23T07:53:40.000000Z","source":"get",\#
      "state":{"authScheme":"TOKEN","baseUrl":"https://scim.example/1","offersConsent":false,\#
      "status":"DISABLED"}},"command":{"content":{"activate":true,"authScheme":"TOKEN",\#
      "baseUrl":"https://scim.example/1","token":{"commitment":"c01","field":"token",\#
      "fingerprint":"f1","id":"01a20763-f100-7050-9050-505050505001"}},"kind":"update"},\#
      "expectedVersion":3},"id":"01a20763-f100-70e0-a0e0-e0e0e0e0e029","index":41,\#
      "previous":17,"reason":"rotate \"now\"","recordedAt":"2026-11-23T07:53:00.000000Z",\#
      "schema":2,"streamVersion":4,"ticket":"CHG-7","type":"command.intended"}
      """#
    #expect(String(decoding: event.canonicalBytes, as: UTF8.self) == text)
    #expect(try Event(canonicalBytes: Array(text.utf8)) == event)
  }

  @Test func `exists for each type`() {
    #expect(Set(EventSamples.payloads.map(\.kind)) == Set(EventPayload.Kind.allCases))
  }

  @Test func `has one word for each type`() {
    let words = EventPayload.Kind.words.map { "\($0.0.rawValue) \($0.1)" }
    let kinds = EventPayload.Kind.allCases.map { "\($0.rawValue) \($0.rawValue)" }
    #expect(words.sorted() == kinds.sorted())
  }

  @Test(arguments: EventSamples.payloads)
  func `comes back as it was`(payload: EventPayload) throws {
    let event = EventSamples.event(payload)
    let bytes = event.canonicalBytes
    let read = try Event(canonicalBytes: bytes)
    #expect(read == event)
    #expect(read.canonicalBytes == bytes)
  }

  @Test func `comes back without all that may be absent`() throws {
    let actor = ActorIdentity(kind: .local, id: "root", display: "")
    let payload = EventPayload.tokenRevoked(tokenID: .secret(1))
    var event = EventSamples.event(payload, context: EventContext(actor: actor), stream: .access)
    event.previous = nil
    #expect(try Event(canonicalBytes: event.canonicalBytes) == event)
  }

  @Test(arguments: [
    ActorIdentity.Kind.token, .oktaCredential, .local, .hindsight,
  ])
  func `tells each kind of actor`(kind: ActorIdentity.Kind) throws {
    let actor = ActorIdentity(kind: kind, id: "x", display: "y", roles: Role.allCases)
    let event = EventSamples.event(.observed(.any), context: EventContext(actor: actor))
    #expect(try Event(canonicalBytes: event.canonicalBytes).context.actor == actor)
  }

  /// More actors than are remembered, each again and again, and one that is no actor.
  @Test func `is read alike whatever was read before`() throws {
    var reader = EventReader()
    for round in 0..<3 {
      for number in Array(0..<12) + [0, 1] {
        let actor = ActorIdentity(
          kind: .token, id: "\(number)", display: "d", roles: number > 6 ? [] : [.reviewer],
          userAgent: number.isMultiple(of: 2) ? "agent/\(number)" : nil)
        let event = EventSamples.event(.observed(.any), context: EventContext(actor: actor))
        let bytes = event.canonicalBytes
        #expect(try bytes.withUnsafeBytes { try reader.event(lent: $0) } == event, "\(round)")
      }
      let broken = String(
        decoding: EventSamples.event(.observed(.any)).canonicalBytes, as: UTF8.self
      ).replacing("\"actor\":{", with: "\"actor\":{}")
      #expect(throws: EventFault.self) {
        try Array(broken.utf8).withUnsafeBytes { try reader.event(lent: $0) }
      }
    }
  }

  // MARK: - Yesterday's shapes

  /// What an event of schema 1 said, it says still, and its bytes stay what they were.
  @Test(arguments: [
    EventPayload.observed(.any), .intended(.any),
    .succeeded(Outcome(call: CallRecord(status: 204))),
    .refused(Outcome(call: CallRecord(), refusedKind: .verify)),
    .notSent(Outcome(call: CallRecord(detail: "x"))), .inDoubt(Outcome(call: CallRecord())),
    .resolved(Resolution(verdict: .superseded, supersededBy: .command(9))),
    .exported(Export(definition: "changes/1", from: "2026-01-01", to: nil, trueAtSize: 7)),
  ])
  func `is read under the schema that it was written in`(payload: EventPayload) throws {
    let old = Self.text(payload).replacing(#""schema":2"#, with: #""schema":1"#)
    let event = try Self.read(old)
    #expect(event.payload == payload)
    #expect(event.schema == 1)
    #expect(String(decoding: event.canonicalBytes, as: UTF8.self) == old)
  }

  /// What schema 1 did not have was never in a body of schema 1.
  @Test(
    arguments: [
      .intended(
        Intent(
          before: .got(.plain), command: .activate, expectedVersion: 3,
          idempotency: IdempotencyMark(key: "k", payload: "p"))),
      .intended(
        Intent(
          before: .got(.plain), command: .activate, expectedVersion: 3, repeatOf: .command(1))),
      .resolved(Resolution(verdict: .applied, isRuling: true)),
      .observed(Observation(cause: .after, isDrift: true, state: .plain)),
      .succeeded(
        Outcome(
          call: CallRecord(),
          answer: SecretReference(
            id: .secret(1), field: .answer, fingerprint: "f", commitment: "c"))),
      .exported(.sample),
    ] as [EventPayload])
  func `stops at a field that is younger than its schema`(payload: EventPayload) throws {
    let text = Self.text(payload)
    #expect(try Self.read(text).payload == payload)
    #expect(throws: EventFault.self) {
      try Self.read(text.replacing(#""schema":2"#, with: #""schema":1"#))
    }
  }

  // MARK: - What stops the reader

  @Test(arguments: [
    (#""type":"connection.observed""#, #""type":"connection.dreamt""#, "connection.dreamt", 2),
    (#""schema":2"#, #""schema":3"#, "connection.observed", 3),
    (#""schema":2"#, #""schema":0"#, "connection.observed", 0),
    (#""type":"connection.observed""#, #""type":"""#, "", 2),
  ])
  func `stops at a type or schema of another program`(
    old: String, new: String, type: String, schema: Int
  ) {
    let text = Self.observed.replacing(old, with: new)
    #expect(throws: EventFault.unknownType(type, schema: schema)) { try Self.read(text) }
  }

  @Test(arguments: [
    (EventPayload.observed(.any), "baseline", "guess", "cause"),
    (.observed(.any), "operator", "king", "roles"),
    (.observed(.any), #""kind":"token""#, #""kind":"robot""#, "kind"),
    (.intended(.any), #""kind":"activate""#, #""kind":"explode""#, "kind"),
    (.intended(.any), #""kind":"activate""#, #""kind":"update""#, "kind"),
    (.intended(.any), #""source":"get""#, #""source":"rumour""#, "source"),
    (.resolved(Resolution(verdict: .applied)), "applied", "perhaps", "verdict"),
    (.rollback(.started(.any)), #"["update"]"#, #"["explode"]"#, "steps"),
    (.rollback(.started(.any)), #""previous":true"#, #""previous":false"#, "previous"),
    (.tokenCreated(.any), "reviewer", "king", "role"),
    (.refused(Outcome(call: CallRecord(), refusedKind: .verify)), "verify", "x", "refusedKind"),
  ])
  func `stops at a word that it does not know`(
    payload: EventPayload, old: String, new: String, field: String
  ) {
    let text = Self.text(payload).replacing(old, with: new)
    let fault = #expect(throws: EventFault.self) { try Self.read(text) }
    guard case .unknownWord(field, _) = fault else {
      Issue.record("\(String(describing: fault)) is not about the field \(field)")
      return
    }
  }

  @Test(arguments: [
    (#""drift":false"#, #""drift":false,"extra":1"#), (#","drift":false"#, ""),
    (#""index":41,"#, ""), (#""index":41"#, #""index":"41""#), (#""schema":2,"#, ""),
    (#""recordedAt":"2026-11-23T07:53:00.000000Z","#, ""),
    ("2026-11-23T07:53:00.000000Z", "yesterday"),
    ("2026-11-23T07:53:00.000000Z", "2026-11-23t07:53:00.000000Z"),
    ("2026-11-23T07:53:00.000000Z", "2026-11-23T07:53:00Z"),
    ("2026-11-23T07:53:00.000000Z", "2026-11-23T09:53:00.000000+02:00"),
    ("2026-11-23T07:53:00.000000Z", "2026-02-29T07:53:00.000000Z"),
    ("01a20763-f100-70c0-80c0-c0c0c0c0c001", "01A20763-F100-70C0-80C0-C0C0C0C0C001"),
    ("01a20763-f100-70e0-a0e0-e0e0e0e0e029", "01a20763-f100-40e0-a0e0-e0e0e0e0e029"),
    ("01a20763-f100-70e0-a0e0-e0e0e0e0e029", "an id"),
    (#""streamVersion":4,"#, #""streamVersion":4,"tenant":"x","#),
    (#""index":41,"previous":17"#, #""previous":17,"index":41"#), (#","type":"#, #", "type":"#),
    (#""type":"connection.observed"}"#, #""type":"connection.observed"} "#),
    (
      #""type":"connection.observed"}"#, #""type":"connection.observed","z":"connection.observed"}"#
    ),
  ])
  func `stops at a body of another shape`(old: String, new: String) throws {
    try #require(Self.observed.contains(old))
    let fault = #expect(throws: EventFault.self) {
      try Self.read(Self.observed.replacing(old, with: new))
    }
    guard case .malformed = fault else {
      Issue.record("\(String(describing: fault)) does not say that the body is malformed")
      return
    }
  }

  @Test func `stops at each cut`() {
    let bytes = Array(Self.observed.utf8)
    for length in bytes.indices {
      #expect(throws: EventFault.self, "\(length) bytes") {
        try Event(canonicalBytes: Array(bytes.prefix(length)))
      }
    }
  }

  /// Two bodies that read alike would let one be put in place of the other.
  @Test func `is the only one of what it says`() {
    let bytes = EventSamples.event(.intended(.any)).canonicalBytes
    var twins: [String] = []
    for position in bytes.indices {
      for byte in Array("\u{0} \"\\u09-}".utf8) + [0xFF] {
        var altered = bytes
        altered[position] = byte
        guard let event = try? Event(canonicalBytes: altered) else { continue }
        if event.canonicalBytes != altered { twins.append("byte \(byte) at \(position)") }
      }
    }
    #expect(twins.isEmpty, "\(twins.count), the first is \(twins.first ?? "none")")
  }

  private static let observed = text(.observed(.any))

  private static func text(_ payload: EventPayload) -> String {
    String(decoding: EventSamples.event(payload).canonicalBytes, as: UTF8.self)
  }

  private static func read(_ text: String) throws -> Event {
    try Event(canonicalBytes: Array(text.utf8))
  }
}

extension Observation {
  fileprivate static let any = Observation(cause: .baseline, isDrift: false, state: .plain)
}

extension Intent {
  fileprivate static let any = Intent(
    before: .got(.plain), command: .activate, expectedVersion: 3)
}

extension RollbackStart {
  fileprivate static let any = RollbackStart(
    planDigest: "d", steps: [.update], target: .previous, targetVersion: 1)
}

extension TokenRecord {
  fileprivate static let any = TokenRecord(
    id: .secret(1), name: "laptop", role: .reviewer, hash: "a1")
}
