import Testing

@testable import Connections

@Suite struct `Folding a connection stops` {
  /// Expects the fault, and that the connection is not half changed by it.
  private func expect(
    _ fault: EventFault, from event: Event, after story: Story,
    _ location: SourceLocation = #_sourceLocation
  ) throws {
    var connection = try story.connection
    #expect(throws: fault, sourceLocation: location) { try connection.apply(event) }
    #expect(connection == (try story.connection), sourceLocation: location)
  }

  @Test(arguments: [1, 2, 4, 5, 0, -1])
  func `at an event that is not the next`(version: Int) throws {
    let story = Story.telling {
      $0.baseline(.plain)
      $0.drift(to: .elsewhere)
    }
    var event = story.next(.observed(Observation(cause: .client, isDrift: false, state: .plain)))
    event.streamVersion = version
    try expect(.outOfOrder(expectedVersion: 3, foundVersion: version), from: event, after: story)
  }

  @Test func `at the first gap of a stream`() {
    let story = Story.telling {
      $0.baseline(.plain)
      $0.drift(to: .elsewhere)
      $0.drift(to: .plain)
    }
    #expect(throws: EventFault.outOfOrder(expectedVersion: 2, foundVersion: 3)) {
      try Connection(appID: Story.app, folding: [story.events[0], story.events[2]])
    }
  }

  static let ends: [EventPayload] = [
    .succeeded(Outcome(call: CallRecord())), .refused(Outcome(call: CallRecord())),
    .notSent(Outcome(call: CallRecord())), .inDoubt(Outcome(call: CallRecord())),
    .resolved(Resolution(verdict: .applied)),
  ]

  @Test(arguments: ends)
  func `at an outcome that nobody intended`(payload: EventPayload) throws {
    let story = Story.telling { $0.baseline(.plain) }
    try expect(
      .outcomeWithoutIntent(commandID: UUIDv7.command(7).description),
      from: story.next(payload, of: .command(7)), after: story)
    try expect(
      .outcomeWithoutIntent(commandID: "(none)"), from: story.next(payload), after: story)
  }

  @Test(arguments: ends)
  func `at an outcome of another command`(payload: EventPayload) throws {
    let story = Story.telling { $0.intend(.activate) }
    try expect(
      .outcomeWithoutIntent(commandID: UUIDv7.command(7).description),
      from: story.next(payload, of: .command(7)), after: story)
  }

  @Test(arguments: ends)
  func `at a second outcome`(payload: EventPayload) throws {
    var story = Story()
    let id = story.carryOut(.activate, after: .plain.on)
    try expect(
      .outcomeWithoutIntent(commandID: id.description), from: story.next(payload, of: id),
      after: story)
  }

  @Test func `at a second end of a doubt`() throws {
    var story = Story()
    let id = story.leaveInDoubt(.activate)
    story.tell(.resolved(Resolution(verdict: .notApplied)), of: id)
    try expect(
      .outcomeWithoutIntent(commandID: id.description),
      from: story.next(.resolved(Resolution(verdict: .applied)), of: id), after: story)
  }

  @Test func `at an outcome of a command that is already in doubt`() throws {
    var story = Story()
    let id = story.leaveInDoubt(.activate)
    try expect(
      .outcomeWithoutIntent(commandID: id.description),
      from: story.next(.succeeded(Outcome(call: CallRecord())), of: id), after: story)
  }

  @Test func `at an intent without a command`() throws {
    let intent = Intent(
      before: Reading(without: "notFound"), command: .activate, expectedVersion: 0)
    try expect(
      .malformed(offset: 0, expected: "the field \"commandId\" of an intent"),
      from: Story().next(.intended(intent)), after: Story())
  }

  @Test(arguments: EventSamples.payloads.filter { $0.kind.rawValue.hasPrefix("access.") })
  func `at an event that belongs to the access`(payload: EventPayload) throws {
    try expect(
      .unknownWord(field: "type", word: payload.kind.rawValue), from: Story().next(payload),
      after: Story())
  }
}
