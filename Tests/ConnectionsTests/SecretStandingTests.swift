import Fixtures
import Testing

@testable import Connections

@Suite struct `The standing of secrets` {
  private static let copy = SealedCopy(
    id: .secret(1), appID: Story.app, field: .token, fingerprint: "f1")

  private func standing(after facts: [SecretEvent]) -> SecretStanding {
    var standing = SecretStanding()
    for (number, fact) in facts.enumerated() {
      var event = EventSamples.event(.secret(fact), stream: .secrets)
      event.streamVersion = number + 1
      event.recordedAt = Story.moment(number)
      standing.apply(event)
    }
    return standing
  }

  @Test func `is clean at first`() {
    let standing = standing(after: [])
    #expect(standing.version == 0)
    #expect(!standing.isCompromised("f1"))
    #expect(!standing.isShredded(.secret(1)))
    #expect(standing.holds(covering: Self.copy) == [])
  }

  @Test func `keeps the first word on a compromised secret`() {
    let marked = SecretEvent.markedCompromised(fingerprint: "f1")
    let standing = standing(after: [marked, marked])
    #expect(standing.isCompromised("f1") && !standing.isCompromised("f2"))
    #expect(standing.mark(of: "f1")?.at == Story.moment(0))
    #expect(standing.mark(of: "f1")?.context == EventSamples.context)
    #expect(standing.version == 2)
  }

  @Test func `knows the copies that were shredded, and no other`() {
    let standing = standing(after: [.shredded(Shredding([Self.copy], olderThanDays: 3))])
    #expect(standing.isShredded(.secret(1)) && !standing.isShredded(.secret(2)))
  }

  @Test(arguments: [
    (Hold.Scope.all, true), (.connection(Story.app), true), (.connection(.other), false),
    (.secret(fingerprint: "f1"), true), (.secret(fingerprint: "f2"), false),
  ])
  func `has a hold over what it names, until it is released`(scope: Hold.Scope, covers: Bool) {
    let hold = Hold(id: .secret(5), scope: scope)
    let held = standing(after: [.holdAdded(hold)])
    #expect(held.holds.map(\.hold) == [hold])
    #expect(held.holds(covering: Self.copy).isEmpty != covers)
    let other = standing(after: [.holdAdded(hold), .holdReleased(holdID: .secret(6))])
    #expect(other.holds(covering: Self.copy).isEmpty != covers)
    let free = standing(after: [.holdAdded(hold), .holdReleased(holdID: .secret(5))])
    #expect(free.holds == [])
  }

  @Test func `is not changed by a refusal, a look or a new key`() {
    let standing = standing(after: [
      .refused(SecretRefusal(.shred, of: "f1", because: "held")), .revealed(Self.copy),
      .keyRotated(KeyRotation(from: "a", to: "b", count: 1)),
    ])
    #expect(!standing.isCompromised("f1") && !standing.isShredded(.secret(1)))
    #expect(standing.version == 3)
  }

  @Test(arguments: [
    SecretEvent.markedCompromised(fingerprint: "f1"), .revealed(copy),
    .holdAdded(Hold(id: .secret(1), scope: .all)),
    .keyRotated(KeyRotation(from: "a", to: "b", count: 1)),
  ])
  func `is told by a stream of its own`(fact: SecretEvent) throws {
    let event = EventSamples.event(.secret(fact), stream: .secrets)
    #expect(try Event(canonicalBytes: event.canonicalBytes).stream == .secrets)
    var connection = Connection(appID: Story.app)
    var stray = event
    stray.streamVersion = 1
    #expect(throws: EventFault.self) { try connection.apply(stray) }
  }
}

extension AppID {
  fileprivate static let other = SampleApp.google
}
