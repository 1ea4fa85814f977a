import Connections
import EventStore
import Fixtures
import OktaAPI
import Testing

@Suite(.timeLimit(.minutes(5))) struct `Events by page` {
  private func lend(_ body: (RunningGateway) async throws -> Void) async throws {
    try await RunningGateway.lend { gateway in
      for token in ["one", "two"] {
        _ = try await gateway.update(token)
        gateway.lane.world.advance(seconds: 60)
      }
      _ = try await gateway.ask(
        "POST", RunningGateway.path(SampleApp.zscaler, "/lifecycle/deactivate"), as: .admin)
      try await body(gateway)
    }
  }

  private func indexes(_ page: JSONValue?) throws -> [Int] {
    try #require(page?["events"]?.elements).compactMap { $0["index"]?.integer }
  }

  @Test func `are the recorded bodies, byte for byte`() async throws {
    try await lend { gateway in
      let answer = try await gateway.native("GET", "events")
      let bodies = try await gateway.lane.events().map(\.canonicalBytes)
        .map { String(decoding: $0, as: UTF8.self) }
      #expect(
        answer.text == #"{"events":["# + bodies.joined(separator: ",") + #"],"nextCursor":null}"#)
      #expect(answer.header("hindsight-true-at") == "\(bodies.count - 1)")
      for list in ["tokens", "secrets", "holds", "rollbacks"] {
        let answer = try await gateway.native("GET", list, as: .admin)
        #expect(answer.header("hindsight-true-at") == "\(bodies.count - 1)", "\(list)")
      }
      let event = try #require(answer.json?["events"]?.elements?.last)
      for field in ["id", "type", "appId", "commandId", "recordedAt"] {
        #expect(event[field]?.text != nil, "\(field)")
      }
      #expect(event["index"]?.integer != nil)
    }
  }

  @Test(arguments: [1, 2, 3, 7, 1_000])
  func `follow one another without a gap`(limit: Int) async throws {
    try await lend { gateway in
      var seen: [Int] = []
      var cursor: String? = nil
      repeat {
        let suffix = cursor.map { "&cursor=\($0)" } ?? ""
        let page = try await gateway.native("GET", "events?limit=\(limit)\(suffix)").json
        let found = try indexes(page)
        #expect(found.count <= limit)
        seen += found
        cursor = page?["nextCursor"]?.text
      } while cursor != nil
      let size = try await gateway.lane.events().count
      #expect(seen == Array(0..<size))
    }
  }

  @Test func `can be chosen`() async throws {
    try await lend { gateway in
      let all = try await gateway.lane.events()
      let command = try #require(all.compactMap(\.context.commandID).first)
      let actor = try #require(all.last?.context.actor)
      let filters: [(String, (Event) -> Bool)] = [
        ("appId=\(SampleApp.org2Org)", { $0.stream == .connection(SampleApp.org2Org) }),
        ("appId=\(SampleApp.nowhere)", { _ in false }),
        ("commandId=\(command)", { $0.context.commandID == command }),
        ("actor=\(actor.id)", { $0.context.actor.id == actor.id }),
        ("actor=operator", { $0.context.actor.display == "operator" }),
        ("type=command.intended", { $0.payload.kind == .intended }),
        ("type=access.tokenCreated", { $0.payload.kind == .tokenCreated }),
        ("from=2026-11-23T08:01:00Z", { $0.recordedAt.description >= "2026-11-23T08:01" }),
        ("to=2026-11-23T08:01:00Z", { $0.recordedAt.description < "2026-11-23T08:01" }),
        (
          "from=2026-11-23T08:01:00Z&to=2026-11-23T08:02:00Z&type=command.succeeded",
          {
            $0.recordedAt.description.hasPrefix("2026-11-23T08:01")
              && $0.payload.kind == .succeeded
          }
        ),
        (
          "appId=\(SampleApp.org2Org)&type=command.intended&limit=1",
          { $0.index == all.first { $0.payload.kind == .intended }?.index }
        ),
      ]
      for (query, matches) in filters {
        let page = try await gateway.native("GET", "events?" + query).json
        #expect(try indexes(page) == all.filter(matches).map(\.index), "\(query)")
      }
    }
  }

  @Test(arguments: [
    "events?limit=0", "events?limit=1001", "events?limit=-1", "events?limit=x", "events?cursor=x",
    "events?from=yesterday",
    "events?from=2099-01-01T00:00:00Z", "events?odd=1",
    "events?from=2026-11-23T09:00:00Z&to=2026-11-23T08:00:00Z",
    "events?to=2026-13-01T00:00:00Z", "events?type=command.imagined",
    "events?commandId=7", "events?appId=a%2Fb", "connections?asOf=yesterday",
    "connections?asOf=-1", "connections?asOf=%2B1", "connections?asOf=", "events?cursor=-1",
    "events?cursor=%2B1", "events?limit=", "connections?asOf=1&asOf=2",
    "connections?asOf=99999999999999999999", "connections/x?asOf=2026-11",
    "reports/changes.csv?from=x", "reports/changes.csv?to=x",
  ])
  func `are not guessed from what cannot be read`(path: String) async throws {
    try await lend { gateway in
      let events = try await gateway.lane.events().count
      try await gateway.native("GET", path).expectProblem(400, "bad-input")
      #expect(try await gateway.lane.events().count == events)
    }
  }
}
