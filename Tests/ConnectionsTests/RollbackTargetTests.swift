import Testing

@testable import Connections

@Suite struct `The target of a rollback` {
  /// On, then token f1 (which turns it off), on again, token f2 in one step, off.
  static let story = Story.telling {
    $0.baseline(.plain.on)  // 1
    $0.carryOut(.update(.token("f1")), after: .plain)  // 2, 3
    $0.carryOut(.activate, after: .plain.on)  // 4, 5
    $0.carryOut(.update(.token("f2").activating), after: .plain.on)  // 6, 7
    $0.carryOut(.deactivate, after: .plain)  // 8, 9
  }

  private func upTo(_ version: Int) throws -> Connection {
    try Connection(appID: Story.app, folding: Self.story.events.prefix(version))
  }

  @Test(arguments: 0...9)
  func `is the connection after each version`(version: Int) throws {
    #expect(try RollbackTarget.version(version).find(in: Self.story.events) == upTo(version))
  }

  @Test(arguments: 1...9)
  func `is the connection after each event`(version: Int) throws {
    let target = RollbackTarget.event(.event(version))
    #expect(try target.find(in: Self.story.events) == upTo(version))
  }

  @Test(arguments: [(-5, 0), (0, 0), (1, 1), (4, 4), (9, 9), (3_000, 9)])
  func `is the connection at a moment`(seconds: Int, version: Int) throws {
    let target = RollbackTarget.asOf(Story.moment(seconds))
    #expect(try target.find(in: Self.story.events) == upTo(version))
  }

  @Test func `at a moment counts all that was recorded in it, and nothing after`() throws {
    var events = Self.story.events
    events[4].recordedAt = events[3].recordedAt
    let moment = events[3].recordedAt
    #expect(try RollbackTarget.asOf(moment).find(in: events).version == 5)
    let before = Instant(microseconds: moment.microseconds - 1)
    #expect(try RollbackTarget.asOf(before).find(in: events).version == 3)
  }

  @Test(arguments: [
    RollbackTarget.version(10), .version(-1), .event(.event(10)), .event(.command(1)),
  ])
  func `is not found where there is none`(target: RollbackTarget) {
    #expect(throws: RollbackBlocker.targetNotFound) { try target.find(in: Self.story.events) }
  }

  @Test(arguments: [RollbackTarget.version(0), .asOf(Story.moment(9)), .previous])
  func `is not found without a connection`(target: RollbackTarget) {
    #expect(throws: RollbackBlocker.targetNotFound) { try target.find(in: []) }
    let access = EventSamples.event(.tokenRevoked(tokenID: .secret(1)), stream: .access)
    #expect(throws: RollbackBlocker.targetNotFound) { try target.find(in: [access]) }
  }

  @Test(arguments: [
    RollbackTarget.version(3), .event(.event(5)), .asOf(Story.moment(9)), .previous,
  ])
  func `is not guessed from a stream that cannot be read`(target: RollbackTarget) {
    var events = Self.story.events
    events[1].streamVersion = 1
    let fault = EventFault.outOfOrder(expectedVersion: 2, foundVersion: 1)
    if case .version = target {
      #expect(throws: RollbackBlocker.self) { try target.find(in: events) }
    } else {
      #expect(throws: RollbackBlocker.unreadable(fault)) { try target.find(in: events) }
    }
  }

  // MARK: - Previous

  @Test(arguments: [
    (9, 7, "off, was on with f2"), (7, 5, "f2, was on with f1"),
    (5, 1, "f1 and on again: the pause between is part of the change"),
    (3, 1, "f1 and off, was on before"),
  ])
  func `is the point before the last change`(version: Int, expected: Int, why: String) throws {
    let events = Array(Self.story.events.prefix(version))
    #expect(try RollbackTarget.previous.find(in: events) == upTo(expected), "\(why)")
  }

  struct Change: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var story: Story
    var version: Int

    init(_ name: String, is version: Int, _ tell: (inout Story) -> Void) {
      testDescription = name
      self.version = version
      story = .telling(tell)
    }
  }

  @Test(arguments: [
    Change("a status that drifted", is: 1) {
      $0.baseline(.plain)
      $0.drift(to: .plain.on)
    },
    Change("an address that drifted", is: 1) {
      $0.baseline(.plain)
      $0.drift(to: .elsewhere)
    },
    Change("a refused command is no change", is: 1) {
      $0.baseline(.plain)
      $0.carryOut(.activate, after: .plain.on)
      let id = $0.intend(.update(.token("f1")))
      $0.tell(.refused(Outcome(call: CallRecord(status: 400))), of: id)
    },
    Change("an update that may have happened is one", is: 3) {
      $0.baseline(.plain)
      $0.carryOut(.update(.token("f1")), after: .plain)
      let id = $0.intend(.update(.token("f2")))
      $0.tell(.inDoubt(Outcome(call: CallRecord(detail: "reset"))), of: id)
    },
    Change("an update that might have happened and did not is none", is: 1) {
      $0.baseline(.plain)
      $0.carryOut(.update(.token("f1")), after: .plain)
      let id = $0.intend(.update(.token("f2")))
      $0.tell(.inDoubt(Outcome(call: CallRecord(detail: "reset"))), of: id)
      $0.tell(.resolved(Resolution(verdict: .notApplied, isRuling: true)), of: id)
    },
    Change("the same token again is no change", is: 3) {
      $0.baseline(.plain)
      $0.carryOut(.update(.token("f1")), after: .plain)
      $0.carryOut(.update(.token("f2")), after: .plain)
      $0.carryOut(.update(.token("f2", copy: 2)), after: .plain)
    },
    Change("a running command is no change yet", is: 1) {
      $0.baseline(.plain)
      $0.carryOut(.activate, after: .plain.on)
      $0.intend(.deactivate)
    },
    Change("the frame of a rollback is no change", is: 1) {
      $0.baseline(.plain)
      $0.carryOut(.activate, after: .plain.on)
      $0.tell(.rollback(.completed(RollbackEnd(startedBy: .event(1), stepsDone: 0))))
    },
    Change("the last point before the change, not the first", is: 4) {
      $0.baseline(.plain)
      $0.carryOut(.activate, after: .plain.on)
      $0.tell(.observed(Observation(cause: .client, isDrift: false, state: .plain.on)))
      $0.carryOut(.deactivate, after: .plain)
    },
    Change("off between two tokens, with no activate: the off is the change", is: 5) {
      $0.baseline(.plain)
      $0.carryOut(.update(.token("f1")), after: .plain)
      $0.carryOut(.activate, after: .plain.on)
      $0.carryOut(.deactivate, after: .plain)
    },
    Change("an update of what was off, then activate: two changes", is: 3) {
      $0.baseline(.plain)
      $0.carryOut(.update(.token("f1")), after: .plain)
      $0.carryOut(.activate, after: .plain.on)
    },
  ])
  func `previous counts what makes a difference`(change: Change) throws {
    let found = try RollbackTarget.previous.find(in: change.story.events)
    #expect(found.version == change.version)
  }

  @Test(arguments: [
    Story.telling { $0.baseline(.plain) }, .telling { $0.intend(.activate) },
    .telling {
      $0.baseline(.plain)
      $0.intend(.activate)
    },
  ])
  func `previous is not found where nothing changed`(story: Story) {
    #expect(throws: RollbackBlocker.targetNotFound) {
      try RollbackTarget.previous.find(in: story.events)
    }
  }
}
