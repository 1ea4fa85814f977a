import Testing

@testable import Connections

@Suite struct `A rollback that waits for consent` {
  private static let id = CommandID.command(90)

  /// The update was sent; a verify and an activate are missing. Before it comes what a test adds.
  private func waiting(
    toReach state: ConnectionState = .consent.on, before tell: (inout Story) -> Void = { _ in }
  ) -> Story {
    var story = Story.telling { $0.baseline(.consent) }
    tell(&story)
    let start = story.next(
      .rollback(
        .started(
          RollbackStart(
            planDigest: "d", steps: [.update], target: .previous, targetVersion: 1,
            reaches: state, needsConsent: true))))
    story.tell(start.payload, of: Self.id)
    story.carryOut(.update(UpdateContent(authScheme: "OAUTH2")), after: .consent)
    story.tell(
      .rollback(
        .awaitingConsent(
          ConsentWait(startedBy: start.id, stepsDone: 0, expiresAt: Story.moment(900)))),
      of: Self.id)
    return story
  }

  private let verify = ConnectionCommand.verify(appName: "slack")

  private var completed: Decision {
    Decision(
      .rollback(.completed(RollbackEnd(startedBy: .event(2), stepsDone: 2))), about: Self.id)
  }

  @Test func `completes when a read shows what nobody read back`() throws {
    var story = waiting()
    story.carryOut(verify, after: .consent)
    story.carryOut(.activate, after: nil)
    let seen = Observation(cause: .client, isDrift: false, state: .consent.on)
    #expect(
      try story.connection.observe(.got(.consent.on), cause: .client)
        == [Decision(.observed(seen)), completed])
    #expect(try story.connection.observe(.got(.consent), cause: .client) == [])
  }

  @Test func `completes when a read settles the activate in doubt`() throws {
    var story = waiting()
    story.carryOut(verify, after: .consent)
    let doubt = story.leaveInDoubt(.activate)
    let reading = Reading.got(.consent.on)
    let decisions = try story.connection.observe(reading, cause: .doubt)
    #expect(
      decisions == [
        Decision(.resolved(Resolution(verdict: .applied, observed: reading)), about: doubt),
        completed,
      ])
    story.tell(decisions)
    #expect(try story.connection.rollback == nil)
  }

  @Test func `completes when a person rules that the verify was carried out`() throws {
    var story = waiting()
    let doubt = story.leaveInDoubt(verify)
    story.carryOut(.activate, after: .consent.on)
    let decisions = try story.connection.rule(on: doubt, .applied)
    #expect(
      decisions == [
        Decision(.resolved(Resolution(verdict: .applied, isRuling: true)), about: doubt),
        completed,
      ])
    #expect(try story.connection.rule(on: doubt, .notApplied).count == 1)
  }

  @Test func `is verified by such a ruling, and completes with the activate`() throws {
    var story = waiting()
    #expect(try story.connection.isConsentPending)
    let doubt = story.leaveInDoubt(verify)
    story.tell(try story.connection.rule(on: doubt, .applied))
    let ruled = try story.connection
    #expect(ruled.rollback?.isVerified == true)
    #expect(!ruled.isConsentPending && ruled.appName == "slack")
    // A verify changes nothing that Okta shows: no state rests on the ruling.
    #expect(ruled.ruledBy == nil)
    let id = story.intend(.activate)
    let end = try story.connection.conclude(
      id, verdict: .succeeded(CallRecord(status: 204)), after: .got(.consent.on))
    #expect(end.last == completed)
  }

  @Test func `is not verified by a ruling that says no`() throws {
    var story = waiting()
    let doubt = story.leaveInDoubt(verify)
    story.tell(try story.connection.rule(on: doubt, .notApplied))
    #expect(try story.connection.rollback?.isVerified == false)
    #expect(try story.connection.isConsentPending)
  }

  @Test func `is not verified by a verify of before`() throws {
    var story = waiting(toReach: .consent) { $0.leaveInDoubt(verify) }
    let doubt = try #require(try story.connection.doubts.first?.commandID)
    let decisions = try story.connection.rule(on: doubt, .applied)
    #expect(decisions.map(\.payload.kind) == [.resolved])
    story.tell(decisions)
    #expect(try story.connection.rollback?.isVerified == false)
    #expect(try story.connection.isConsentPending)
  }

  @Test func `does not complete by a ruling while the activate is not read back`() throws {
    var story = waiting()
    story.carryOut(.activate, after: nil)
    let doubt = story.leaveInDoubt(verify)
    let decisions = try story.connection.rule(on: doubt, .applied)
    #expect(decisions.map(\.payload.kind) == [.resolved])
    story.tell(decisions)
    #expect(try story.connection.isUnconfirmed)
    #expect(
      try story.connection.observe(.got(.consent.on), cause: .client).last == completed)
  }
}
