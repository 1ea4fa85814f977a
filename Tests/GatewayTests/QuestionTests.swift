import Connections
import EventStore
import Fixtures
import OktaAPI
import Sandbox
import Testing

@Suite(.timeLimit(.minutes(5))) struct `A question of a reviewer` {
  private static let app = SampleApp.org2Org

  /// Three tokens a minute apart, by two hands, and another connection.
  private func lend(_ body: (RunningGateway) async throws -> Void) async throws {
    try await RunningGateway.lend { gateway in
      for (token, caller) in [
        ("one", RunningGateway.Caller.operator), ("two", .admin), ("bad-token", .operator),
      ] {
        _ = try await gateway.update(
          token, as: caller, query: token == "two" ? "?activate=true" : "",
          headers: ["Hindsight-Reason: Rotation of \(token)", "Hindsight-Ticket: CHG-\(token)"])
        gateway.lane.world.advance(seconds: 60)
      }
      _ = try await gateway.ask("GET", RunningGateway.path(SampleApp.zscaler))
      try await body(gateway)
    }
  }

  private func json(_ gateway: RunningGateway, _ path: String) async throws -> JSONValue {
    let answer = try await gateway.native("GET", path)
    #expect(answer.status == 200, "\(path): \(answer.text)")
    return try #require(answer.json)
  }

  @Test func `is what differs between two points, in one connection or in all`() async throws {
    try await lend { gateway in
      let size = try await gateway.lane.events().count
      let index = try #require(
        try await gateway.lane.events(of: Self.app).first { $0.streamVersion == 3 }?.index)
      let one = try await json(
        gateway, "diff?from=\(index)&to=\(size - 1)&appId=\(Self.app)")
      #expect(one["to"]?["index"]?.integer == size - 1)
      let fields = try #require(one["connections"]?.elements?.first?["fields"]?.elements)
      #expect(fields.map { $0["field"]?.text } == ["status", "token"])
      #expect(fields.first?["was"]?["value"]?.text == "DISABLED")
      #expect(fields.first?["is"]?["value"]?.text == "ENABLED")
      #expect(fields.last?["was"]?["kind"]?.text == "sealed")
      let all = try await json(
        gateway, "diff?from=2026-11-23T08:00:30Z&to=2026-11-23T08:03:00Z")
      #expect(all["connections"]?.elements?.count == 2)
      let zscaler = all["connections"]?.elements?.last
      #expect(zscaler?["fromVersion"] == .null)
      #expect(
        zscaler?["fields"]?.elements?.first?["was"]?["kind"]?.text == "notObserved")
    }
  }

  @Test func `is who set each field`() async throws {
    try await lend { gateway in
      let blame = try await json(gateway, "connections/\(Self.app)/blame")
      let lines = try #require(blame["fields"]?.elements)
      #expect(lines.count == 6)
      func line(_ name: String) -> JSONValue? { lines.first { $0["field"]?.text == name } }
      #expect(line("status")?["actor"]?["display"]?.text == "admin")
      #expect(line("status")?["reason"]?.text == "Rotation of two")
      #expect(line("status")?["askedFor"]?.boolean == true)
      #expect(line("token")?["ticket"]?.text == "CHG-two")
      #expect(line("baseUrl")?["type"]?.text == "connection.observed")
      #expect(line("baseUrl")?["value"]?["kind"]?.text == "empty")
      try await gateway.native("GET", "connections/\(SampleApp.nowhere)/blame")
        .expectProblem(404, "connection-not-known")
    }
  }

  @Test func `finds a text whatever its letter case`() async throws {
    try await lend { gateway in
      for (text, count) in [
        ("rotation", 3), ("CHG-TWO", 1), ("operator", 2), ("nothing", 0), ("%25", 0), ("_", 0),
      ] {
        let found = try await json(gateway, "search?q=\(text)")
        #expect(found["items"]?.elements?.count == count, "\(text)")
      }
      let byName = try await json(gateway, "search?q=\(Self.app.description.lowercased())")
      #expect(byName["connections"]?.elements?.count == 1)
      // What comes after the first search is found, too.
      _ = try await gateway.update("four", headers: ["Hindsight-Reason: rotation, again"])
      #expect(
        try await json(gateway, "search?q=rotation")["items"]?.elements?.count == 4)
    }
  }

  @Test func `filters and sorts connections, and says how many match`() async throws {
    try await lend { gateway in
      for (query, apps) in [
        ("status=ENABLED", [Self.app]), ("mark=neverChanged", [SampleApp.zscaler]),
        ("mark=refused", [Self.app]), ("text=ZSCALER", [SampleApp.zscaler]),
        ("scheme=OAUTH2", []), ("sort=-lastChange", [Self.app, SampleApp.zscaler]),
        ("sort=lastChange", [SampleApp.zscaler, Self.app]),
        // What was set before it was watched may be of any age.
        ("olderThanDays=1", [SampleApp.zscaler]),
      ] {
        let listed = try await json(gateway, "connections?\(query)")
        #expect(
          listed["connections"]?.elements?.map { $0["appId"]?.text } == apps.map(\.description),
          "\(query)")
        #expect(listed["matching"]?.integer == apps.count)
        #expect(listed["total"]?.integer == 2)
      }
      let who = try await json(gateway, "changes?actor=admin")
      #expect(who["items"]?.elements?.count == 1)
      let refused = try await json(gateway, "changes?outcome=refused")
      #expect(refused["items"]?.elements?.count == 1)
    }
  }

  @Test(arguments: [
    ("diff?from=1", "takes from and to"), ("diff?from=5&to=2", "from is after to"),
    ("diff?from=1&to=2099-01-01T00:00:00Z", "to is in the future"),
    ("diff?from=9&to=2020-01-01T00:00:00Z", "from is after to"),
    ("diff?from=1&to=999999999", "to is index 999999999"), ("limits?y=1", "there are none"),
    ("connections/\(app)?asof=1", "There is no parameter \"asof\" here"),
    ("connections/\(app)/history?x=1", "There is no parameter"),
    ("limits?x=1", "There is no parameter"), ("secrets?x=1", "There is no parameter"),
    ("holds?x=1", "There is no parameter"), ("events?x=1", "There is no parameter"),
    ("diff?from=2026-02-30T00:00:00Z&to=2", "from must be a time"),
    ("diff?from=1&to=2&app=x", "There is no parameter \"app\" here"),
    ("connections?asOf=2099-01-01T00:00:00Z", "asOf is in the future"),
    ("connections?mark=odd", "mark must be one of"), ("connections?limit=0", "limit must be"),
    ("connections?sort=odd", "sort must be one of"), ("connections?cursor=9", "no cursor"),
    ("connections/\(app)/blame?from=1", "There is no parameter"),
    ("doubts?x=1", "there are appId, cursor, kind, limit, sort"),
    ("doubts?sort=odd", "sort must be one of since, appId"),
    ("secrets?standing=odd", "standing must be one of current"),
    ("doubts?kind=odd", "kind must be one of update"), ("rollbacks?outcome=x", "outcome must be"),
    ("changes?sort=actor", "sort must be one of recordedAt"), ("events?sort=type", "sort must be"),
    ("connections/\(app)/history?limit=0", "limit must be"),
    ("changes?from=2026-11-23T09:00:00Z&to=2026-11-23T08:00:00Z", "from is"),
    ("changes?outcome=odd", "outcome must be one of"), ("search", "takes q"),
    ("reports/changes.csv?asOf=2099-01-01T00:00:00Z", "asOf is in the future"),
    ("reports/changes.csv?from=2099-01-01T00:00:00Z", "from is in the future"),
    ("reports/changes.csv?odd=1", "There is no parameter"),
    ("reports/state-as-of.csv", "takes asOf"), ("reports/sample.csv?n=0", "n must be"),
    ("reports/sample.csv?seed=x", "seed must be"), ("reports/doubts.csv?seed=1", "no parameter"),
  ])
  func `that cannot be answered gets a sentence`(path: String, sentence: String) async throws {
    try await lend { gateway in
      let size = try await gateway.lane.events().count
      let answer = try await gateway.native("GET", path)
      answer.expectProblem(400, "bad-input")
      #expect(answer.json?["detail"]?.text?.contains(sentence) == true, "\(answer.text)")
      #expect(try await gateway.lane.events().count == size)
    }
  }

  @Test(arguments: [
    "reports/odd.csv", "reports/changes.xlsx", "reports/doubts.ocsf.jsonl", "reports/changes",
  ])
  func `for a report that there is not says which there are`(path: String) async throws {
    try await RunningGateway.lend { gateway in
      let answer = try await gateway.native("GET", path)
      answer.expectProblem(404, "report-not-known")
      #expect(answer.json?["detail"]?.text?.contains("credential-ages") == true)
    }
  }

  @Test func `refuses a cursor of another question`() async throws {
    try await lend { gateway in
      let first = try await json(gateway, "connections?limit=1")
      let cursor = try #require(first["nextCursor"]?.text)
      #expect(
        try await json(gateway, "connections?limit=1&cursor=\(cursor)")["connections"]?.elements?
          .count == 1)
      for other in ["connections?status=ENABLED&cursor=", "changes?cursor=", "search?q=x&cursor="] {
        let answer = try await gateway.native("GET", other + cursor)
        answer.expectProblem(400, "bad-input")
        #expect(answer.json?["detail"]?.text?.contains("of another question") == true)
      }
    }
  }

  /// Whatever is recorded between two pages, the list goes on as it began.
  @Test(arguments: ["", "&sort=-lastChange", "&mark=refused", "&sort=-changes", "&asOf=now"])
  func `goes on as it began when something is recorded in between`(query: String) async throws {
    try await lend { gateway in
      for app in [SampleApp.google, SampleApp.slack, SampleApp.office365] {
        _ = try await gateway.ask("GET", RunningGateway.path(app))
        _ = try await gateway.ask(
          "POST", RunningGateway.path(app), SampleBody.token("bad-token"))
      }
      let whole = try await json(gateway, "connections?limit=100\(query)")["connections"]
      var rows: [JSONValue] = []
      var cursor = ""
      repeat {
        let page = try await json(gateway, "connections?limit=1\(query)\(cursor)")
        rows += page["connections"]?.elements ?? []
        cursor = page["nextCursor"]?.text.map { "&cursor=\($0)" } ?? ""
        // Changes, drift, and a mark that goes.
        gateway.lane.world.advance(seconds: 200 * 86_400)
        _ = try await gateway.update("next \(rows.count)", query: "?activate=true")
        await gateway.lane.sandbox.drift(
          SampleApp.zscaler, SandboxDrift(status: rows.count % 2 == 0 ? "ENABLED" : "DISABLED"))
        _ = try await gateway.ask("GET", RunningGateway.path(SampleApp.zscaler))
      } while !cursor.isEmpty
      #expect(rows.count >= 2)
      // Without the places that each value had in its answer.
      #expect(rows.map(\.bytes) == whole?.elements?.map(\.bytes))
    }
  }

  @Test func `of a reviewer finds each drift in a report`() async throws {
    try await lend { gateway in
      for status in ["DISABLED", "ENABLED"] {
        await gateway.lane.sandbox.drift(Self.app, SandboxDrift(status: status))
        _ = try await gateway.ask("GET", RunningGateway.path(Self.app))
        _ = try await gateway.update("after \(status)", query: "?activate=true")
      }
      let report = try await gateway.native("GET", "reports/drift.jsonl")
      let rows = try report.text.split(separator: "\n").map {
        try JSONValue(parsing: Array($0.utf8))
      }
      #expect(rows.count == 1, "the second one put it as it was: \(report.text)")
      #expect(rows.first?["known_status"]?.text == "ENABLED")
      #expect(rows.first?["found_status"]?.text == "DISABLED")
      #expect(rows.first?["seen_when"]?.text == "client")
      let manifest = try await json(gateway, "reports/drift.manifest.json")
      #expect(manifest["rows"]?.integer == 1)
    }
  }

  /// A filter that matches nothing does not read the whole journal for one answer.
  @Test func `ends a page when enough was looked at`() async throws {
    try await RunningGateway.lend { gateway in
      let life = gateway.lane.world
      for _ in 0..<11 {
        let drafts = (0..<200).flatMap { _ in
          let command = life.newID()
          return [
            life.draft(.intends(.activate), command: command),
            life.draft(.success, command: command),
          ]
        }
        _ = try await gateway.lane.journal.writer.append(
          AppendBatch(to: .app("busy"), at: .any, drafts))
      }
      let first = try await json(gateway, "changes?actor=nobody")
      #expect(first["items"]?.elements == [])
      let cursor = try #require(first["nextCursor"]?.text)
      let last = try await json(gateway, "changes?actor=nobody&cursor=\(cursor)")
      #expect(last["items"]?.elements == [] && last["nextCursor"] == .null)
      let app = try await json(gateway, "changes?appId=busy&limit=3")
      #expect(app["items"]?.elements?.count == 3)
    }
  }

  @Test func `gives the same bytes at the same point`() async throws {
    try await lend { gateway in
      let size = try await gateway.lane.events().count
      let first = try await gateway.native("GET", "reports/changes.csv?asOf=\(size - 1)")
      _ = try await gateway.update("four")
      let second = try await gateway.native("GET", "reports/changes.csv?asOf=\(size - 1)")
      #expect(first.body == second.body && !first.body.isEmpty)
      #expect(second.header("hindsight-true-at") == "\(size - 1)")
      let manifest = try await json(gateway, "reports/changes.manifest.json?asOf=\(size - 1)")
      #expect(manifest["files"]?["changes.csv"]?["bytes"]?.integer == first.body.count)
      #expect(manifest["rows"]?.integer == 3)
      #expect(manifest["madeBy"]?["display"]?.text == "reviewer")
    }
  }
}
