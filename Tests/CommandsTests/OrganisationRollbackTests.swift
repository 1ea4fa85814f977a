import Connections
import EventStore
import Fixtures
import Sandbox
import Synchronization
import Testing

@testable import Commands

@Suite(.timeLimit(.minutes(5))) struct `A rollback of all connections` {
  private static let script = ActorIdentity(kind: .token, id: "script", display: "nightly script")

  private func roll(
    _ lane: WriteLane, _ selection: RollbackSelection, digest: String? = nil
  ) async throws -> OrganisationReport {
    try await lane.commands.rollBackAll(
      selection, digest: digest, context: EventContext(actor: .anna, reason: "undo it"),
      rollbackID: lane.world.newID(), waits: true)
  }

  /// Good tokens in two connections, then bad ones by a script a minute later.
  private func mischief(_ lane: WriteLane) async throws -> Instant {
    for app in [SampleApp.org2Org, SampleApp.zscaler] {
      try await lane.change(.token("good", activate: true), of: app)
    }
    try await lane.look(at: SampleApp.bookmark)
    let before = lane.world.now
    lane.world.advance(seconds: 60)
    for app in [SampleApp.org2Org, SampleApp.zscaler] {
      var request = try lane.request(.token("other"), of: app)
      request.context = EventContext(actor: Self.script, commandID: request.commandID)
      #expect(await lane.commands.carryOut(request).word == "answered 200")
    }
    return before
  }

  private func isUndone(_ lane: WriteLane) async -> Bool {
    for app in [SampleApp.org2Org, SampleApp.zscaler] {
      let isEnabled = await lane.sandbox.state(ofApp: app)?.isEnabled == true
      guard isEnabled, await lane.sandbox.holds("good", for: app) else { return false }
    }
    return true
  }

  @Test func `has the same plan for a span that has grown, and records another one's refusal`()
    async throws
  {
    try await WriteLane.lend { lane in
      let before = try await mischief(lane)
      lane.world.advance(seconds: 1)
      func selection() -> RollbackSelection {
        .actor(Self.script.id, from: before, to: lane.world.now)
      }
      let preview = try await lane.commands.preview(all: selection())
      #expect(preview.connections.map(\.othersChanges) == [0, 0])
      lane.world.advance(seconds: 5)
      #expect(try await lane.commands.preview(all: selection()).digest == preview.digest)
      // Somebody else goes on from there.
      try await lane.change(.token("later", activate: true), of: SampleApp.zscaler)
      await #expect(throws: RollbackRefusal.self) {
        try await roll(lane, selection(), digest: preview.digest)
      }
      let moved = try await lane.commands.preview(all: selection())
      #expect(moved.connections.map(\.othersChanges) == [0, 1])
      let last = try await lane.journal.reader.events(in: .organisation, after: 0).last
      let refused = RefusedOrganisationRollback(
        selection(), blocker: "planIsVoid", planDigest: preview.digest)
      #expect(last?.payload == .organisation(.rollbackRefused(refused)))
    }
  }

  @Test func `of what somebody did leaves alone what they only tried`() async throws {
    try await WriteLane.lend { lane in
      try await lane.change(.token("good", activate: true), of: SampleApp.zscaler)
      let before = lane.world.now
      lane.world.advance(seconds: 60)
      var request = try lane.request(.token("bad"), of: SampleApp.zscaler)
      request.context = EventContext(actor: Self.script, commandID: request.commandID)
      #expect(await lane.commands.carryOut(request).word == "answered 400")
      try await lane.change(.token("later", activate: true), of: SampleApp.zscaler)
      lane.world.advance(seconds: 1)
      await #expect(throws: RollbackRefusal.nothingPicked) {
        try await lane.commands.preview(
          all: .actor(Self.script.id, from: before, to: lane.world.now))
      }
    }
  }

  @Test func `to a time plans what differs, and takes it back`() async throws {
    try await WriteLane.lend { lane in
      let before = try await mischief(lane)
      let preview = try await lane.commands.preview(all: .asOf(before))
      #expect(preview.connections.map(\.appID) == [SampleApp.org2Org, SampleApp.zscaler])
      #expect(preview.calls == 4)
      let report = try await roll(lane, .asOf(before), digest: preview.digest)
      #expect(report.outcome == .completed)
      #expect(report.connections.count == 2 && report.connections.allSatisfy(\.state.isDone))
      #expect(await isUndone(lane))
      // Each of its parts can be undone by its own id.
      for connection in report.connections {
        guard case .begun(let part) = connection.state else { continue }
        let undoing = try await lane.commands.preview(all: .correlation(part.id))
        #expect(undoing.connections.map(\.appID) == [connection.appID])
        #expect(undoing.connections.map(\.othersChanges) == [0])
      }
      // Nothing is left to be done, and the whole can be undone by its own id.
      #expect(try await lane.commands.preview(all: .asOf(before)).connections.isEmpty)
      let redone = try await roll(lane, .correlation(report.id))
      #expect(redone.outcome == .completed && redone.connections.count == 2)
      #expect(await lane.sandbox.holds("other", for: SampleApp.zscaler))
    }
  }

  @Test func `by actor takes back what that one did`() async throws {
    try await WriteLane.lend { lane in
      let before = try await mischief(lane)
      for actor in ["script", "nightly script"] {
        let selection = RollbackSelection.actor(
          actor, from: before, to: lane.world.now.adding(seconds: 1))
        let preview = try await lane.commands.preview(all: selection)
        #expect(preview.connections.map(\.appID) == [SampleApp.org2Org, SampleApp.zscaler])
      }
      let report = try await roll(
        lane, .actor("script", from: before, to: lane.world.now.adding(seconds: 1)))
      #expect(report.outcome == .completed)
      #expect(await isUndone(lane))
    }
  }

  @Test func `stops at one connection alone, and is resumed`() async throws {
    try await WriteLane.lend { lane in
      let before = try await mischief(lane)
      await lane.sandbox.add(SandboxFault(.forbidden, on: .update))
      let report = try await roll(lane, .asOf(before))
      #expect(report.outcome == .stopped)
      #expect(report.connections.map(\.state.isDone) == [false, true])
      let resumed = try await lane.commands.resumeOrganisation(
        report.id, context: EventContext(actor: .anna, reason: "again"), waits: true)
      #expect(resumed?.outcome == .completed)
      #expect(await isUndone(lane))
      #expect(await lane.sandbox.calls(.update) == 7)
    }
  }

  @Test func `goes on after a restart, from the journal alone`() async throws {
    try await WriteLane.lend { lane in
      let before = try await mischief(lane)
      await lane.sandbox.add(SandboxFault(.forbidden, on: .update))
      let report = try await roll(lane, .asOf(before))
      let next = lane.restarted(ownCredential: .sandboxAdmin)
      #expect(try await next.organisation(report.id)?.outcome == .stopped)
      let resumed = try await next.resumeOrganisation(
        report.id, context: EventContext(actor: .anna, reason: "again"), waits: true)
      #expect(resumed?.outcome == .completed)
      #expect(await isUndone(lane))
    }
  }

  @Test func `can be given up`() async throws {
    try await WriteLane.lend { lane in
      let before = try await mischief(lane)
      await lane.sandbox.add(SandboxFault(.forbidden, on: .update))
      let report = try await roll(lane, .asOf(before))
      let ended = try await lane.commands.abandonOrganisation(
        report.id, context: EventContext(actor: .anna, reason: "leave it"))
      #expect(ended?.outcome == .abandoned)
      await #expect(throws: RollbackRefusal.self) {
        try await lane.commands.resumeOrganisation(
          report.id, context: EventContext(actor: .anna), waits: true)
      }
    }
  }

  @Test func `on a plan that is void sends nothing`() async throws {
    try await WriteLane.lend { lane in
      let before = try await mischief(lane)
      let preview = try await lane.commands.preview(all: .asOf(before))
      try await lane.change(.activate)
      let calls = await lane.sandbox.allCalls
      await #expect(throws: RollbackRefusal.self) {
        try await roll(lane, .asOf(before), digest: preview.digest)
      }
      #expect(await lane.sandbox.allCalls == calls)
    }
  }

  @Test func `tells what cannot be taken back, and takes back the rest`() async throws {
    try await WriteLane.lend { lane in
      try await lane.look(at: SampleApp.zscaler)
      try await lane.change(.token("good", activate: true))
      let before = lane.world.now
      lane.world.advance(seconds: 60)
      try await lane.change(.token("other"))
      try await lane.change(.token("other"), of: SampleApp.zscaler)
      let preview = try await lane.commands.preview(all: .asOf(before))
      let words = preview.connections.map { planned in
        if case .blocked(let refusal) = planned.way { refusal.word } else { "open" }
      }
      #expect(words == ["open", "secretNeverRecorded"])
      let report = try await roll(lane, .asOf(before))
      #expect(report.outcome == .stopped)
      #expect(await lane.sandbox.holds("good", for: SampleApp.org2Org))
      guard case .refused(let refused)? = report.connections.last?.state else {
        Issue.record("\(report.connections)")
        return
      }
      #expect(refused.blocker == "secretNeverRecorded")
    }
  }

  @Test func `is resumed once by two who ask at the same time`() async throws {
    try await WriteLane.lend { lane in
      let before = try await mischief(lane)
      await lane.sandbox.add(SandboxFault(.forbidden, on: .update))
      let report = try await roll(lane, .asOf(before))
      let resume = { @Sendable in
        try await lane.commands.resumeOrganisation(
          report.id, context: EventContext(actor: .anna, reason: "again"), waits: true)
      }
      async let one = resume()
      async let other = resume()
      _ = try await (one, other)
      let kinds = try await lane.journal.reader.events(in: .organisation, after: 0).map {
        $0.payload.kind
      }
      #expect(
        kinds == [
          .organisationRollbackStarted, .organisationRollbackResumed, .organisationRollbackEnded,
        ])
      #expect(await isUndone(lane))
      #expect(await lane.sandbox.calls(.update) == 7)
    }
  }

  @Test func `that could not be given up is not`() async throws {
    let saboteur = WatchedJournal.Saboteur()
    var setup = WriteLane.Setup()
    setup.wrapping = { WatchedJournal(base: $0, saboteur: saboteur) }
    try await WriteLane.lend(setup) { lane in
      let before = try await mischief(lane)
      await lane.sandbox.add(SandboxFault(.forbidden, on: .update))
      let report = try await roll(lane, .asOf(before))
      saboteur.fail(.organisationRollbackEnded)
      let why = EventContext(actor: .anna, reason: "leave it")
      await #expect(throws: RollbackRefusal.self) {
        try await lane.commands.abandonOrganisation(report.id, context: why)
      }
      let resumed = try await lane.commands.resumeOrganisation(
        report.id, context: why, waits: true)
      #expect(resumed?.outcome == .completed)
      #expect(await isUndone(lane))
      await #expect(throws: RollbackRefusal.notOpen(.completed)) {
        try await lane.commands.abandonOrganisation(report.id, context: why)
      }
    }
  }

  @Test func `begins nothing more once it was given up in the middle`() async throws {
    try await WriteLane.lend { lane in
      let before = try await mischief(lane)
      await lane.sandbox.add(SandboxFault(.hang, on: .update, isApplied: true))
      let id = lane.world.newID()
      let tour = Task {
        try await lane.commands.rollBackAll(
          .asOf(before), digest: nil, context: EventContext(actor: .anna, reason: "undo it"),
          rollbackID: id, waits: true)
      }
      try await lane.sandbox.untilCalled(.update, times: 5)
      let running = try await lane.commands.organisation(id)
      #expect(running?.outcome == .running)
      let states = running?.connections.map { state in
        if case .waiting = state.state { "waiting" } else { "begun" }
      }
      #expect(states == ["begun", "waiting"])
      let ended = try await lane.commands.abandonOrganisation(
        id, context: EventContext(actor: .anna, reason: "leave it"))
      #expect(ended?.outcome == .abandoned)
      await lane.sandbox.release()
      #expect(try await tour.value.outcome == .abandoned)
      #expect(await lane.sandbox.calls(.update) == 5)
      let ends = try await lane.journal.reader.events(in: .organisation, after: 0).filter {
        $0.payload.kind == .organisationRollbackEnded
      }
      #expect(ends.count == 1)
    }
  }

  @Test func `ends its wait for the next window when the process ends`() async throws {
    let alarm = Alarm()
    var setup = WriteLane.Setup()
    setup.switches.callsPerMinute = 8
    setup.sleep = { try await alarm.sleep($0) }
    try await WriteLane.lend(setup) { lane in
      let before = try await mischief(lane)
      let report = try await lane.commands.rollBackAll(
        .asOf(before), digest: nil, context: EventContext(actor: .anna, reason: "undo it"),
        rollbackID: lane.world.newID(), waits: false)
      #expect(await alarm.whenAsleep() != nil)
      let calls = await lane.sandbox.calls(.update)
      await lane.commands.drain()
      #expect(await lane.sandbox.calls(.update) == calls)
      #expect(try await lane.commands.organisation(report.id)?.outcome == .stopped)
    }
  }

  @Test func `waits for the next window where the budget is short`() async throws {
    var setup = WriteLane.Setup()
    setup.switches.callsPerMinute = 8
    let slept = Slept()
    setup.sleep = { duration in slept.note(duration) }
    try await WriteLane.lend(setup) { lane in
      let before = try await mischief(lane)
      slept.clear()
      _ = try await roll(lane, .asOf(before))
      #expect(slept.durations.contains { $0 > .seconds(1) })
    }
  }
}

/// How long somebody wanted to sleep; no time passes.
private final class Slept: Sendable {
  private let noted = Mutex<[Duration]>([])

  var durations: [Duration] { noted.withLock { $0 } }

  func note(_ duration: Duration) { noted.withLock { $0.append(duration) } }

  func clear() { noted.withLock { $0 = [] } }
}
