import Testing

@testable import Connections

@Suite struct `A connection, as its events tell it` {
  @Test func `is unknown before the first event`() throws {
    let connection = try Story().connection
    #expect(connection == Connection(appID: Story.app))
    #expect(connection.version == 0)
    #expect(connection.lastIndex == nil)
    #expect(connection.known == nil)
    #expect(connection.credential == .neverRecorded)
    #expect(!connection.isCredentialCertain)
  }

  @Test func `has the state of its baseline, and a secret that nobody knows`() throws {
    let connection = try Story.telling { $0.baseline(.plain.on) }.connection
    #expect(
      connection.known
        == .init(state: .plain.on, readAt: Story.moment(1), version: 1, index: 10))
    #expect(connection.version == 1)
    #expect(connection.lastIndex == 10)
    #expect(connection.credential == .neverRecorded)
    #expect(!connection.hasDriftedSinceUpdate)
  }

  @Test func `has an open intent, and is otherwise as before`() throws {
    var story = Story.telling { $0.baseline(.plain) }
    let before = try story.connection
    let id = story.intend(.activate)
    let connection = try story.connection
    #expect(connection.openIntents.map(\.commandID) == [id])
    #expect(connection.openIntents.first?.intent.command == .activate)
    #expect(connection.openIntents.first?.intendedIndex == 20)
    #expect(connection.openIntents.first?.inDoubtSince == nil)
    #expect(connection.known == before.known)
  }

  // MARK: - Success

  @Test func `holds what an update set, and is what was read after it`() throws {
    var story = Story.telling { $0.baseline(.plain.on) }
    let id = story.carryOut(.update(.token("f1")), after: .plain)
    let connection = try story.connection
    #expect(connection.credential == .recorded(.token("f1"), by: id, version: 3))
    #expect(
      connection.known == .init(state: .plain, readAt: Story.moment(2), version: 3, index: 30))
    #expect(connection.openIntents.isEmpty)
    #expect(connection.isCredentialCertain)
    #expect(!connection.isUnconfirmed)
  }

  @Test func `is unconfirmed until a read shows the state again`() throws {
    var story = Story.telling { $0.baseline(.plain) }
    story.carryOut(.activate, after: nil)
    #expect(try story.connection.isUnconfirmed)
    #expect(try story.connection.known?.state == .plain)
    story.tell(.observed(Observation(cause: .client, isDrift: false, state: .plain.on)))
    #expect(try !story.connection.isUnconfirmed)
    #expect(try story.connection.known?.state == .plain.on)
  }

  @Test func `holds what an update set, even when nothing was read after it`() throws {
    var story = Story.telling { $0.baseline(.plain) }
    let id = story.carryOut(.update(.token("f1")), after: nil)
    #expect(try story.connection.credential == .recorded(.token("f1"), by: id, version: 3))
    #expect(try story.connection.isUnconfirmed)
  }

  @Test func `holds nothing where the app has no provisioning`() throws {
    var story = Story()
    story.carryOut(.update(.token("f1")), after: .unsupported)
    #expect(try story.connection.credential == .neverRecorded)
  }

  @Test(arguments: [ConnectionCommand.activate, .deactivate, .verify(appName: "slack")])
  func `keeps its secret through every other command`(command: ConnectionCommand) throws {
    var story = Story()
    story.carryOut(.update(.token("f1")), after: .plain)
    let before = try story.connection.credential
    story.carryOut(command, after: .plain.on)
    #expect(try story.connection.credential == before)
    #expect(try story.connection.known?.state == .plain.on)
  }

  @Test func `knows its app once it was verified`() throws {
    var story = Story.telling { $0.baseline(.service) }
    #expect(try !story.connection.needsConsent)
    story.carryOut(.verify(appName: "google"), after: .service)
    #expect(try story.connection.appName == "google")
    #expect(try story.connection.needsConsent)
  }

  @Test(arguments: [
    ("google", true), ("office365", true), ("slack", true), ("zoomus", true), ("other", false),
  ])
  func `needs consent for the apps with three legs`(appName: String, needs: Bool) throws {
    let story = Story.telling { $0.carryOut(.verify(appName: appName), after: .service) }
    #expect(try story.connection.needsConsent == needs)
  }

  @Test func `needs consent where Okta offers it`() throws {
    #expect(try Story.telling { $0.baseline(.consent) }.connection.needsConsent)
  }

  // MARK: - No success

  @Test(arguments: [EventPayload.Kind.refused, .notSent])
  func `is as before when nothing was applied`(kind: EventPayload.Kind) throws {
    var story = Story.telling { $0.carryOut(.update(.token("f1")), after: .plain) }
    let before = try story.connection
    let id = story.intend(.update(.token("f2")))
    let outcome = Outcome(call: CallRecord(status: 400))
    story.tell(kind == .refused ? .refused(outcome) : .notSent(outcome), of: id)
    let connection = try story.connection
    #expect(connection.openIntents.isEmpty)
    #expect(connection.doubts.isEmpty)
    #expect(connection.credential == before.credential)
    #expect(connection.known == before.known)
    #expect(!connection.isUnconfirmed)
  }

  @Test func `is what was read after a refusal`() throws {
    var story = Story.telling { $0.baseline(.plain.on) }
    let id = story.intend(.update(.token("f2")))
    story.tell(.refused(Outcome(call: CallRecord(status: 400), after: .got(.plain))), of: id)
    #expect(try story.connection.known?.state == .plain)
    #expect(try story.connection.known?.readAt == Story.moment(100))
    #expect(try story.connection.credential == .neverRecorded)
  }

  @Test func `is not touched by what Hindsight itself refused`() throws {
    var story = Story.telling { $0.baseline(.plain) }
    let before = try story.connection
    let outcome = Outcome(call: CallRecord(detail: "no"), refusedKind: .update)
    story.tell(.refused(outcome), of: .command(90))
    story.tell(.notSent(outcome), of: .command(91))
    let connection = try story.connection
    #expect(connection.version == 3)
    #expect(connection.known == before.known)
    #expect(connection.openIntents.isEmpty)
  }

  @Test(arguments: [(nil, false), (500, true)] as [(Int?, Bool)])
  func `has a doubt, answered or not`(status: Int?, wasAnswered: Bool) throws {
    var story = Story.telling { $0.carryOut(.update(.token("f1")), after: .plain) }
    let id = story.leaveInDoubt(.update(.token("f2")), status: status)
    let connection = try story.connection
    #expect(connection.openIntents.isEmpty)
    #expect(connection.doubts.map(\.commandID) == [id])
    #expect(connection.doubts.first?.inDoubtSince == Story.moment(4))
    #expect(connection.doubts.first?.wasAnswered == wasAnswered)
    #expect(connection.credential.content == .token("f1"))
    #expect(!connection.isCredentialCertain)
  }

  @Test func `is certain of its secret when only the status is in doubt`() throws {
    var story = Story.telling { $0.carryOut(.update(.token("f1")), after: .plain) }
    story.leaveInDoubt(.activate)
    #expect(try story.connection.isCredentialCertain)
  }

  @Test(arguments: [
    (Resolution.Verdict.applied, "f2"), (.notApplied, "f1"), (.noDifference, "f1"),
    (.superseded, "f1"),
  ])
  func `takes from a doubt what was found to be applied`(
    verdict: Resolution.Verdict, fingerprint: String
  ) throws {
    var story = Story.telling { $0.carryOut(.update(.token("f1")), after: .plain) }
    let id = story.leaveInDoubt(.update(.token("f2")))
    story.tell(.resolved(Resolution(verdict: verdict, observed: .got(.elsewhere))), of: id)
    let connection = try story.connection
    #expect(connection.doubts.isEmpty)
    #expect(connection.credential.content?.token?.fingerprint == fingerprint)
    #expect(connection.known?.state == .elsewhere)
    #expect(connection.isCredentialCertain)
  }

  // MARK: - Drift

  @Test func `no longer knows its secret when the configuration drifted`() throws {
    var story = Story.telling { $0.carryOut(.update(.token("f1")), after: .plain) }
    story.drift(to: .elsewhere)
    #expect(try story.connection.credential == .changedElsewhere(version: 3))
    #expect(try story.connection.known?.state == .elsewhere)
    #expect(try !story.connection.hasDriftedSinceUpdate)
  }

  @Test func `is no longer certain of its secret when the status drifted`() throws {
    var story = Story.telling { $0.carryOut(.update(.token("f1")), after: .plain) }
    story.drift(to: .plain.on)
    #expect(try story.connection.credential.content == .token("f1"))
    #expect(try story.connection.hasDriftedSinceUpdate)
    #expect(try !story.connection.isCredentialCertain)
    story.carryOut(.update(.token("f1")), after: .plain)
    #expect(try story.connection.isCredentialCertain)
  }

  @Test func `is not certain of a secret that may stand in a field that is not known`() throws {
    let content = UpdateContent(authScheme: "TOKEN", unknownFields: ["profile.Token"])
    let story = Story.telling { $0.carryOut(.update(content), after: .plain) }
    #expect(try !story.connection.isCredentialCertain)
  }

  @Test func `keeps its secret through an observation that is no drift`() throws {
    var story = Story.telling { $0.carryOut(.update(.token("f1")), after: nil) }
    story.tell(.observed(Observation(cause: .client, isDrift: false, state: .elsewhere)))
    #expect(try story.connection.isCredentialCertain)
    #expect(try story.connection.known?.state == .elsewhere)
  }

  @Test func `only moves on while a rollback frames its commands`() throws {
    var story = Story.telling { $0.baseline(.plain) }
    let before = try story.connection
    let start = RollbackStart(planDigest: "d", steps: [], target: .previous, targetVersion: 1)
    let end = RollbackEnd(startedBy: .event(2), stepsDone: 0)
    story.tell(.rollback(.started(start)))
    story.tell(.rollback(.completed(end)))
    story.tell(.rollback(.failed(end)))
    let connection = try story.connection
    #expect(connection.version == 4)
    #expect(connection.lastIndex == 40)
    #expect(connection.known == before.known)
  }
}
