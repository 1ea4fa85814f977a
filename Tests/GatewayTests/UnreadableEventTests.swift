import Commands
import Connections
import EventStore
import Fixtures
import GRDB
import OktaAPI
import Projections
import Sandbox
import Testing

/// Somebody has changed an event past the triggers, so that nobody can read it any more.
@Suite(.timeLimit(.minutes(5))) struct `An event that cannot be read, at the door` {
  private static let readable = #""schema":"#
  /// Of a number that no event has.
  private static let unreadable = #""schema":9"#

  private func change(
    _ index: Int, of lane: WriteLane, from word: String, to other: String
  ) async throws {
    let database = try DatabaseQueue(path: lane.directory.file("journal.sqlite"))
    try await database.write { database in
      let trigger = "events_are_not_updated"
      let sql = try String.fetchOne(
        database, sql: "SELECT sql FROM sqlite_schema WHERE name = ?", arguments: [trigger])
      try database.execute(sql: "DROP TRIGGER \(trigger)")
      try database.execute(
        sql: #"UPDATE events SET body = replace(body, ?, ?) WHERE "index" = ?"#,
        arguments: [word, other, index])
      try database.execute(sql: try #require(sql))
    }
    try database.close()
  }

  /// Lends a gateway with an event that cannot be read, and mends it again.
  private func damaging(
    _ lane: WriteLane, _ index: Int, _ body: () async throws -> Void
  ) async throws {
    try await change(index, of: lane, from: Self.readable, to: Self.unreadable)
    try await body()
    try await change(index, of: lane, from: Self.unreadable, to: Self.readable)
  }

  private func last(_ gateway: RunningGateway, of app: AppID) async throws -> Event {
    try #require(try await gateway.lane.events(of: app).last)
  }

  @Test func `makes answers stale and says so, until it can be read`() async throws {
    try await RunningGateway.lend { gateway in
      #expect(try await gateway.update("one").status == 200)
      #expect(try await gateway.native("GET", "connections").status == 200)
      #expect(try await gateway.update("two").status == 200)
      let index = try await last(gateway, of: SampleApp.org2Org).index
      try await damaging(gateway.lane, index) {
        for path in ["connections", "connections/\(SampleApp.org2Org)", "doubts"] {
          let answer = try await gateway.native("GET", path)
          #expect(answer.status == 200, "\(answer.text)")
          #expect(answer.json?["asOf"]?["stale"]?["stoppedBefore"]?.integer == index)
          #expect(answer.json?["asOf"]?["index"]?.integer == index - 1)
        }
        let ready = try await gateway.ask("GET", "/health/ready", as: .nobody)
        #expect(ready.status == 200)
        #expect(ready.json?["stale"]?["stoppedBefore"]?.integer == index)
        #expect(ready.json?["stale"]?["reason"]?.text?.isEmpty == false)
      }
      let answer = try await gateway.native("GET", "connections")
      #expect(answer.json?["asOf"]?["stale"] == nil)
      let ready = try await gateway.ask("GET", "/health/ready", as: .nobody)
      #expect(ready.json?["stale"] == nil)
    }
  }

  /// The views lie there from an earlier run, and the connection has a history before and after.
  @Test func `makes views stale that are opened on a file, too`() async throws {
    try await RunningGateway.lend { gateway in
      let lane = gateway.lane
      #expect(try await gateway.update("one").status == 200)
      let size = try await gateway.views.catchUp()
      #expect(try await gateway.update("two").status == 200)
      let index = try await last(gateway, of: SampleApp.org2Org).index
      #expect(index > size)
      try await damaging(lane, index) {
        let views = try await ConnectionViews(
          directory: lane.directory.path, journal: lane.journal.reader,
          journalID: lane.journal.identity.id)
        let (connections, trueAt) = try await views.connections(at: .now)
        #expect(connections.map(\.appID) == [SampleApp.org2Org])
        #expect(trueAt.size == index && trueAt.stopped?.index == index)
      }
    }
  }

  @Test func `is named by whatever cannot do without it`() async throws {
    try await RunningGateway.lend { gateway in
      #expect(try await gateway.update("one").status == 200)
      #expect(try await gateway.update("two").status == 200)
      // The views have it already, from when it could be read.
      #expect(try await gateway.native("GET", "connections").status == 200)
      let event = try await last(gateway, of: SampleApp.org2Org)
      let command = try #require(event.context.commandID)
      try await damaging(gateway.lane, event.index) {
        let app = SampleApp.org2Org
        for (method, path, body) in [
          ("GET", "events", nil), ("GET", "commands/\(command)", nil),
          ("GET", "connections/\(app)/history", nil),
          ("POST", "connections/\(app)/rollback/preview", #"{"to":"previous"}"#),
        ] {
          let answer = try await gateway.native(method, path, body)
          answer.expectProblem(500, "event-unreadable")
          #expect(answer.text.contains("\(event.index)"), "\(path)")
        }
        // What is asked of other connections is answered.
        #expect(try await gateway.native("GET", "events?appId=elsewhere").status == 200)
      }
      #expect(try await gateway.native("GET", "commands/\(command)").status == 200)
    }
  }

  @Test func `is named by the list of doubts where a doubt lies behind it`() async throws {
    try await RunningGateway.lend { gateway in
      #expect(try await gateway.update("one").status == 200)
      await gateway.lane.sandbox.add(SandboxFault(.cutHead, on: .update))
      #expect(try await gateway.update("two").status == 500)
      await gateway.lane.commands.drain()
      #expect(try await gateway.native("GET", "doubts").json?["doubts"]?.elements?.count == 1)
      let doubt = try await last(gateway, of: SampleApp.org2Org)
      #expect(doubt.payload.kind == .inDoubt)
      let index = doubt.index
      try await damaging(gateway.lane, index) {
        let answer = try await gateway.native("GET", "doubts")
        answer.expectProblem(500, "event-unreadable")
        #expect(answer.json?["index"]?.integer == index)
      }
    }
  }

  @Test func `stops changes of its connection and of no other`() async throws {
    try await RunningGateway.lend { gateway in
      #expect(try await gateway.update("one").status == 200)
      let index = try await last(gateway, of: SampleApp.org2Org).index
      // Another process than the one that has it in memory.
      let restarted = gateway.lane.restarted(ownCredential: .sandboxAdmin)
      try await damaging(gateway.lane, index) {
        for (app, isRefused) in [(SampleApp.org2Org, true), (SampleApp.zscaler, false)] {
          let calls = await gateway.lane.sandbox.allCalls
          let answer = await restarted.carryOut(
            CommandRequest(
              commandID: gateway.lane.world.newID(), appID: app, operation: .deactivate,
              credential: .sandboxAdmin, context: EventContext(actor: .anna)))
          if case .notRecorded(.unreadable(index)) = answer {
            #expect(isRefused)
          } else {
            #expect(!isRefused)
          }
          #expect(await (gateway.lane.sandbox.allCalls == calls) == isRefused)
        }
      }
    }
  }

  @Test func `keeps no start from what can be read`() async throws {
    let obstacle = ObstructedJournal.Obstacle()
    var setup = RunningGateway.Setup()
    setup.lane.wrapping = { ObstructedJournal(base: $0, obstacle: obstacle) }
    try await RunningGateway.lend(setup) { gateway in
      let lane = gateway.lane
      // Two commands without an outcome, as a crash leaves them.
      obstacle.fail(.succeeded)
      for app in [SampleApp.org2Org, SampleApp.zscaler] {
        let path = RunningGateway.path(app)
        let answer = try await gateway.ask("POST", path, SampleBody.token("one"))
        answer.expectEnvelope(500, "E0000009")
        #expect(answer.text.contains("could not be recorded yet"))
      }
      await lane.commands.drain()
      obstacle.fail(nil as EventPayload.Kind?)
      let intent = try await last(gateway, of: SampleApp.org2Org)
      #expect(intent.payload.kind == .intended)
      try await damaging(lane, intent.index) {
        let restarted = lane.restarted(ownCredential: nil)
        try await restarted.recover()
        #expect(try await gateway.kinds(of: SampleApp.zscaler).last == .inDoubt)
      }
      #expect(try await gateway.kinds().last == .intended)
      try await lane.restarted(ownCredential: nil).recover()
      #expect(try await gateway.kinds().last == .inDoubt)
    }
  }
}
