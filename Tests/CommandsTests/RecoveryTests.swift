import Connections
import Fixtures
import OktaAPI
import Sandbox
import Testing

@testable import Commands

@Suite(.timeLimit(.minutes(5))) struct `Recovery at the start` {
  private let saboteur = WatchedJournal.Saboteur()

  /// Leaves a command without an outcome: it was carried out, or it met the fault.
  private func crash(
    _ lane: WriteLane, in operation: CommandRequest.Operation, fault: SandboxFault? = nil
  ) async throws {
    try await lane.change(.token("one"))
    if let fault { await lane.sandbox.add(fault) }
    saboteur.fail(fault == nil ? .succeeded : .inDoubt, times: .max)
    #expect(try await lane.change(operation).word == "outcomeNotRecorded")
    // It tries until the process ends.
    await lane.commands.drain()
    #expect(try await lane.kinds().last == .intended)
  }

  private func lend(
    _ alarm: Alarm? = nil, _ body: (WriteLane) async throws -> Void
  ) async throws {
    var setup = WriteLane.Setup()
    setup.sleep = alarm?.sleep
    setup.wrapping = { [saboteur] in WatchedJournal(base: $0, saboteur: saboteur) }
    try await WriteLane.lend(setup, body)
  }

  @Test(arguments: [false, true])
  func `settles a change of status by a look`(applied: Bool) async throws {
    try await lend { lane in
      let cut = SandboxFault(.cutHead, on: .activate)
      try await crash(lane, in: .activate, fault: applied ? nil : cut)
      let commands = lane.restarted(ownCredential: .sandboxAdmin)
      #expect(try await commands.recover() == [SampleApp.org2Org])
      await commands.drain()

      let events = try await lane.events(of: SampleApp.org2Org)
      #expect(events.map(\.payload.kind).suffix(3) == [.intended, .inDoubt, .resolved])
      #expect(
        try await lane.resolutions().map(\.verdict) == [applied ? .applied : .notApplied])
      let ids = Set(events.suffix(3).map(\.context.commandID))
      #expect(ids.count == 1)
      #expect(events.suffix(2).map(\.context.actor) == [.hindsight, .hindsight])
      #expect(await lane.sandbox.calls(.activate) == 1)
    }
  }

  @Test func `leaves a token in doubt and sends nothing again`() async throws {
    try await lend { lane in
      try await crash(lane, in: .token("two"))
      let commands = lane.restarted(ownCredential: .sandboxAdmin)
      try await commands.recover()
      await commands.drain()
      #expect(try await lane.kinds().suffix(2) == [.intended, .inDoubt])
      #expect(try await lane.connection(SampleApp.org2Org).doubts.count == 1)
      #expect(await lane.sandbox.calls(.update) == 2)
    }
  }

  @Test func `asks nobody where there is no credential of our own`() async throws {
    try await lend { lane in
      try await crash(lane, in: .activate)
      let reads = await lane.sandbox.calls(.get)
      let commands = lane.restarted(ownCredential: nil)
      try await commands.recover()
      await commands.drain()
      #expect(try await lane.kinds().last == .inDoubt)
      #expect(await lane.sandbox.calls(.get) == reads)

      // The next one who comes with a credential settles it.
      #expect(await commands.carryOut(try lane.request(.deactivate)).word == "answered 204")
      #expect(try await lane.resolutions().map(\.verdict) == [.applied])
    }
  }

  @Test func `lets no command overtake what Okta may still be doing`() async throws {
    let alarm = Alarm()
    try await lend(alarm) { lane in
      try await crash(lane, in: .token("two"))
      let commands = lane.restarted(ownCredential: nil)
      try await commands.recover()
      let request = try lane.request(.token("three"))
      async let answer = commands.carryOut(request)
      while await alarm.whenAsleep() != .microseconds(10_001_000) {}
      #expect(await lane.sandbox.calls(.update) == 2)
      lane.world.advance(seconds: 11)
      alarm.ring()
      #expect(await answer.word == "answered 200")
      #expect(try await lane.resolutions().map(\.verdict) == [.superseded])
    }
  }

  @Test func `finds nothing to do after an orderly end`() async throws {
    try await lend { lane in
      try await lane.change(.token("one"))
      let events = try await lane.events()
      let commands = lane.restarted(ownCredential: .sandboxAdmin)
      #expect(try await commands.recover() == [])
      #expect(try await lane.events() == events)
    }
  }

  @Test func `done twice does the same as once`() async throws {
    try await lend { lane in
      try await crash(lane, in: .activate)
      for _ in 1...2 {
        let commands = lane.restarted(ownCredential: .sandboxAdmin)
        try await commands.recover()
        await commands.drain()
      }
      #expect(try await lane.resolutions().count == 1)
    }
  }

  @Test(arguments: [true, false])
  func `asks again about doubts of earlier runs, where it can`(hasCredential: Bool) async throws {
    try await lend { lane in
      try await crash(lane, in: .activate)
      // The start after the crash could not ask.
      let first = lane.restarted(ownCredential: nil)
      try await first.recover()
      await first.drain()
      let second = lane.restarted(ownCredential: hasCredential ? .sandboxAdmin : nil)
      #expect(try await second.recover() == [])
      await second.settleOpenDoubts()
      await second.drain()
      #expect(
        try await lane.resolutions().map(\.verdict) == (hasCredential ? [.applied] : []))
      await second.settleOpenDoubts()
      await second.drain()
      #expect(try await lane.resolutions().count == (hasCredential ? 1 : 0))
    }
  }
}
