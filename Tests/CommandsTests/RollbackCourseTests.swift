import Connections
import EventStore
import Fixtures
import OktaAPI
import Sandbox
import Testing

@testable import Commands

@Suite(.timeLimit(.minutes(5))) struct `A rollback that stops` {
  private let again = EventContext(actor: .anna, reason: "on")

  @Test func `is in the way of another, and goes on where it stood`() async throws {
    try await WriteLane.lend { lane in
      try await lane.change(.token("one"))
      let first = try await lane.here()
      try await lane.change(.token("two"))
      await lane.sandbox.add(SandboxFault(.forbidden, on: .update))
      let stopped = try await lane.rollBack(to: first)
      #expect(stopped.outcome == .stopped)
      await #expect(throws: RollbackRefusal.blocked(.rollbackOpen(stopped.id))) {
        try await lane.rollBack(to: first)
      }
      let done = try await lane.commands.resumeRollback(stopped.id, context: again)
      #expect(done.outcome == .completed)
      #expect(done.commands.map(\.end) == [.refused, .succeeded])
      #expect(await lane.sandbox.holds("one", for: SampleApp.org2Org))
      #expect(
        try await lane.kinds().suffix(9) == [
          .rollbackStarted, .intended, .refused, .rollbackStopped, .rollbackRefused,
          .rollbackResumed, .intended, .succeeded, .rollbackCompleted,
        ])
      await #expect(throws: RollbackRefusal.notOpen(.completed)) {
        try await lane.commands.resumeRollback(stopped.id, context: again)
      }
    }
  }

  @Test func `at a token in doubt sends it again only when told to`() async throws {
    try await WriteLane.lend { lane in
      try await lane.change(.token("one"))
      let first = try await lane.here()
      try await lane.change(.token("two"))
      await lane.sandbox.add(SandboxFault(.cutHead, on: .update, isApplied: true))
      let stopped = try await lane.rollBack(to: first)
      #expect(stopped.outcome == .inDoubt)
      await lane.commands.drain()
      #expect(await lane.sandbox.calls(.update) == 3)
      let done = try await lane.commands.resumeRollback(stopped.id, context: again)
      #expect(done.outcome == .completed)
      #expect(await lane.sandbox.calls(.update) == 4)
      #expect(try await lane.resolutions().last?.verdict == .superseded)
    }
  }

  @Test func `at a status in doubt that a look has settled sends nothing more`() async throws {
    try await WriteLane.lend { lane in
      try await lane.change(.token("one", activate: true))
      let on = try await lane.here()
      try await lane.change(.deactivate)
      await lane.sandbox.add(SandboxFault(.cutHead, on: .activate, isApplied: true))
      let stopped = try await lane.rollBack(to: on)
      await lane.commands.drain()
      let done = try await lane.commands.resumeRollback(stopped.id, context: again)
      #expect(done.outcome == .completed)
      #expect(await lane.sandbox.calls(.activate) == 1)
    }
  }

  @Test func `can be given up, and then the connection stays as it is`() async throws {
    try await WriteLane.lend { lane in
      try await lane.change(.token("one"))
      let first = try await lane.here()
      try await lane.change(.token("two"))
      await lane.sandbox.add(SandboxFault(.forbidden, on: .update))
      let stopped = try await lane.rollBack(to: first)
      let calls = await lane.sandbox.allCalls
      let ended = try await lane.commands.abandonRollback(
        stopped.id, context: EventContext(actor: .anna, reason: "leave it"))
      #expect(ended.outcome == .abandoned && ended.detail == "leave it")
      #expect(await lane.sandbox.allCalls == calls)
      #expect(try await lane.rollBack(to: first).isCompleted)
    }
  }

  @Test func `where Okta does not show what it accepted`() async throws {
    var setup = WriteLane.Setup()
    setup.switches.plainUpdateDisables = false
    try await WriteLane.lend(setup) { lane in
      try await lane.change(.token("one"))
      let off = try await lane.here()
      try await lane.change(.token("two", activate: true))
      let report = try await lane.rollBack(to: off)
      #expect(report.outcome == .stopped)
      #expect(
        report.detail
          == "Okta accepted every step, and does not show what they should have left.")
      // The plan for what is left is made from what Okta shows now.
      let done = try await lane.commands.resumeRollback(report.id, context: again)
      #expect(done.outcome == .completed)
      #expect(done.commands.map(\.kind) == [.update, .deactivate])
    }
  }

  @Test func `where what it left cannot be read, and looks again when resumed`() async throws {
    try await WriteLane.lend { lane in
      try await lane.change(.token("one"))
      let off = try await lane.here()
      try await lane.change(.activate)
      await lane.sandbox.add(SandboxFault(.status(500), on: .get, skip: 1, times: 2))
      let stopped = try await lane.rollBack(to: off)
      #expect(stopped.outcome == .stopped)
      #expect(
        stopped.detail
          == "Okta accepted every step, and what they left could not be read (status 500): "
          + "resume it to look again.")
      let done = try await lane.commands.resumeRollback(stopped.id, context: again)
      #expect(done.outcome == .completed)
      #expect(await lane.sandbox.calls(.deactivate) == 1)
    }
  }

  @Test func `not where a second read shows what it left`() async throws {
    try await WriteLane.lend { lane in
      try await lane.change(.token("one"))
      let off = try await lane.here()
      try await lane.change(.activate)
      await lane.sandbox.add(SandboxFault(.status(500), on: .get, skip: 1))
      #expect(try await lane.rollBack(to: off).isCompleted)
      let seen = try #require(try await lane.observations().last)
      #expect(seen.cause == .after && !seen.isDrift)
    }
  }

  @Test func `because Hindsight itself did is told at the next start`() async throws {
    try await WriteLane.lend { lane in
      try await lane.change(.token("one"))
      let first = try await lane.here()
      try await lane.change(.token("two"))
      let id = lane.world.newID()
      let start = RollbackStart(planDigest: "d", steps: [.update], target: first, targetVersion: 3)
      _ = try await lane.journal.writer.append(
        AppendBatch(
          to: .connection(SampleApp.org2Org), at: .any,
          [
            EventDraft(
              id: lane.world.newID(), recordedAt: lane.world.now,
              context: EventContext(actor: .anna, commandID: id),
              payload: .rollback(.started(start)))
          ]))
      let next = lane.restarted(ownCredential: .sandboxAdmin)
      try await next.recover()
      let found = try await next.rollback(id)
      #expect(found?.outcome == .stopped)
      #expect(found?.detail == "Hindsight itself stopped in the middle.")
      #expect(try await next.resumeRollback(id, context: again).outcome == .completed)
      #expect(await lane.sandbox.holds("one", for: SampleApp.org2Org))
    }
  }

  @Test func `is not known by another id`() async throws {
    try await WriteLane.lend { lane in
      let id = lane.world.newID()
      let none = try await lane.commands.rollback(id)
      #expect(none == nil)
      await #expect(throws: RollbackRefusal.notKnown) {
        try await lane.commands.abandonRollback(id, context: again)
      }
    }
  }

  @Test(arguments: [0, 60])
  func `is void where somebody changed the connection past Hindsight`(
    seconds: Int64
  ) async throws {
    try await WriteLane.lend { lane in
      try await lane.change(.token("one"))
      let first = try await lane.here()
      try await lane.change(.token("two"))
      let preview = try await lane.commands.preview(SampleApp.org2Org, first)
      await lane.sandbox.drift(SampleApp.org2Org, SandboxDrift(status: "ENABLED"))
      lane.world.advance(seconds: seconds)
      do {
        try await lane.rollBack(to: first, digest: preview.digest)
        Issue.record("it was not refused")
      } catch RollbackRefusal.planIsVoid {}
      #expect(await lane.sandbox.calls(.update) == 2)
      #expect(try await lane.observations().last?.isDrift == true)
    }
  }
}

@Suite(.timeLimit(.minutes(5))) struct `A rollback that needs consent` {
  private static let office = SampleApp.office365

  /// A world in which no wait is over by itself.
  private static let patient: WriteLane.Setup = {
    var setup = WriteLane.Setup()
    setup.sleep = { _ in
      // Ends only when the task is cancelled.
      let (never, held) = AsyncStream<Never>.makeStream()
      for await _ in never {}
      withExtendedLifetime(held) {}
      throw CancellationError()
    }
    return setup
  }()

  /// Two passwords of Office 365, both consented to; the first was in force at the version that is
  /// given, enabled.
  private func consented(_ lane: WriteLane) async throws -> RollbackTarget {
    try await set("first-password", lane)
    let first = try await lane.here(Self.office)
    try await set("second-password", lane)
    return first
  }

  private func set(_ password: String, _ lane: WriteLane) async throws {
    let answer = try await lane.change(.body(SampleBody.password(password)), of: Self.office)
    guard case .answered(let told) = answer, let link = told.consentLink else {
      Issue.record("no link: \(answer)")
      return
    }
    try await consent(link, lane)
    #expect(try await lane.change(.activate, of: Self.office).word == "answered 204")
  }

  /// What a person's browser brings about, up to the request that ends it.
  private func consent(_ link: Secret, _ lane: WriteLane) async throws {
    let answer = try await lane.change(
      .verify(appName: "office365"), of: Self.office, query: "code=good&state=\(state(link))")
    #expect(answer.word == "answered 204")
  }

  private func state(_ link: Secret) -> String {
    let text = link.withBytes { String(decoding: $0, as: UTF8.self) }
    return OktaRoute.parameters("state", in: text.split(separator: "?").last.map(String.init))
      .first ?? ""
  }

  @Test func `waits with the link, and completes when verify and activate come`() async throws {
    try await WriteLane.lend(Self.patient) { lane in
      let first = try await consented(lane)
      let waiting = try await lane.rollBack(Self.office, to: first)
      #expect(waiting.outcome == .awaitingConsent)
      #expect(waiting.commands.map(\.kind) == [.update])
      let link = try #require(try await lane.commands.consentLink(of: waiting))
      #expect(try lane.files(with: state(link)).isEmpty)
      #expect(try lane.files(with: "first-password").isEmpty)

      let until = try #require(waiting.consent?.expiresAt)
      await #expect(throws: RollbackRefusal.awaitsConsent(until: until)) {
        try await lane.commands.resumeRollback(
          waiting.id, context: EventContext(actor: .anna, reason: "now"))
      }
      try await consent(link, lane)
      #expect(try await lane.commands.rollback(waiting.id)?.outcome == .awaitingConsent)
      try await lane.change(.activate, of: Self.office)
      let done = try #require(try await lane.commands.rollback(waiting.id))
      #expect(done.outcome == .completed)
      #expect(done.commands.map(\.kind) == [.update, .verify, .activate])
      #expect(done.offSince != nil && done.onAgainAt != nil)
      let gone = try await lane.commands.consentLink(of: done)
      #expect(gone == nil)
      #expect(await lane.sandbox.state(ofApp: Self.office)?.isEnabled == true)
    }
  }

  @Test func `can be finished by resuming once consent was verified`() async throws {
    try await WriteLane.lend(Self.patient) { lane in
      let first = try await consented(lane)
      let waiting = try await lane.rollBack(Self.office, to: first)
      let link = try #require(try await lane.commands.consentLink(of: waiting))
      try await consent(link, lane)
      let done = try await lane.commands.resumeRollback(
        waiting.id, context: EventContext(actor: .anna, reason: "consented"))
      #expect(done.outcome == .completed)
      #expect(await lane.sandbox.state(ofApp: Self.office)?.isEnabled == true)
    }
  }

  /// Up to an activate that Okta accepted, and whose effect nobody read.
  private func activatedUnread(_ lane: WriteLane) async throws -> CommandID {
    let first = try await consented(lane)
    let waiting = try await lane.rollBack(Self.office, to: first)
    try await consent(try #require(try await lane.commands.consentLink(of: waiting)), lane)
    await lane.sandbox.add(SandboxFault(.status(500), on: .get))
    #expect(try await lane.change(.activate, of: Self.office).word == "answered 204")
    #expect(try await lane.commands.rollback(waiting.id)?.outcome == .awaitingConsent)
    return waiting.id
  }

  @Test func `completes by the next read where the activate was not read back`() async throws {
    try await WriteLane.lend(Self.patient) { lane in
      let id = try await activatedUnread(lane)
      try await lane.look(at: Self.office)
      #expect(try await lane.commands.rollback(id)?.outcome == .completed)
    }
  }

  @Test func `is looked at before its time is over`() async throws {
    try await WriteLane.lend(Self.patient) { lane in
      let id = try await activatedUnread(lane)
      lane.world.advance(seconds: 86_401)
      await #expect(throws: RollbackRefusal.notOpen(.completed)) {
        try await lane.commands.resumeRollback(
          id, context: EventContext(actor: .anna, reason: "late"))
      }
    }
  }

  @Test func `says that consent was given where it ends in between`() async throws {
    try await WriteLane.lend(Self.patient) { lane in
      let first = try await consented(lane)
      let waiting = try await lane.rollBack(Self.office, to: first)
      try await consent(try #require(try await lane.commands.consentLink(of: waiting)), lane)
      lane.world.advance(seconds: 86_401)
      let next = lane.restarted(ownCredential: .sandboxAdmin)
      try await next.recover()
      let ended = try await next.rollback(waiting.id)
      #expect(ended?.outcome == .expired)
      #expect(
        ended?.detail
          == "Consent was verified, and Okta did not show in time what the rollback was to reach.")
    }
  }

  @Test func `is verified by a ruling on a verify in doubt`() async throws {
    try await WriteLane.lend(Self.patient) { lane in
      let first = try await consented(lane)
      let waiting = try await lane.rollBack(Self.office, to: first)
      let link = try #require(try await lane.commands.consentLink(of: waiting))
      await lane.sandbox.add(SandboxFault(.status(500), on: .verify, isApplied: true))
      let request = try lane.request(
        .verify(appName: "office365"), of: Self.office, query: "code=good&state=\(state(link))")
      #expect(await lane.commands.carryOut(request).word == "inDoubt")
      try await lane.commands.rule(
        on: request.commandID, .applied,
        context: EventContext(actor: .anna, reason: "the far side shows it"))
      let done = try await lane.commands.resumeRollback(
        waiting.id, context: EventContext(actor: .anna, reason: "consented"))
      #expect(done.outcome == .completed)
      #expect(await lane.sandbox.state(ofApp: Self.office)?.isEnabled == true)
    }
  }

  @Test func `ends when nobody consents in time`() async throws {
    try await WriteLane.lend(Self.patient) { lane in
      let first = try await consented(lane)
      let waiting = try await lane.rollBack(Self.office, to: first)
      lane.world.advance(seconds: 86_401)
      await #expect(throws: RollbackRefusal.notOpen(.expired)) {
        try await lane.commands.resumeRollback(
          waiting.id, context: EventContext(actor: .anna, reason: "late"))
      }
      #expect(try await lane.kinds(of: Self.office).last == .rollbackFailed)
      // The link is of no use any more; a new rollback gets a new one.
      let again = try await lane.rollBack(Self.office, to: first)
      #expect(again.outcome == .awaitingConsent)
    }
  }

  @Test func `ends by itself, too`() async throws {
    // Sleeping takes no time here, and the clock runs on by it.
    try await WriteLane.lend { lane in
      let first = try await consented(lane)
      try await lane.rollBack(Self.office, to: first)
      while try await lane.kinds(of: Self.office).last != .rollbackFailed { await Task.yield() }
      guard
        case .rollback(.failed(let end))? = try await lane.events(of: Self.office).last?.payload
      else { return }
      #expect(end.cause == .expired)
    }
  }

  @Test func `ends although that could not be recorded at first`() async throws {
    let saboteur = WatchedJournal.Saboteur()
    var setup = WriteLane.Setup()
    setup.wrapping = { WatchedJournal(base: $0, saboteur: saboteur) }
    try await WriteLane.lend(setup) { lane in
      let first = try await consented(lane)
      saboteur.fail(.rollbackFailed, times: 3)
      try await lane.rollBack(Self.office, to: first)
      while try await lane.kinds(of: Self.office).last != .rollbackFailed { await Task.yield() }
    }
  }

  @Test func `is waited for again after a restart`() async throws {
    try await WriteLane.lend(Self.patient) { lane in
      let first = try await consented(lane)
      let waiting = try await lane.rollBack(Self.office, to: first)
      lane.world.advance(seconds: 86_401)
      let next = lane.restarted(ownCredential: .sandboxAdmin)
      try await next.recover()
      #expect(try await next.rollback(waiting.id)?.outcome == .expired)
    }
  }
}
