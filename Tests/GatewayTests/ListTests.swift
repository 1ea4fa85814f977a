import Commands
import Connections
import Fixtures
import OktaAPI
import Sandbox
import Testing

@testable import Gateway

@Suite(.timeLimit(.minutes(5))) struct `A list` {
  private static let app = SampleApp.org2Org

  /// Every list, with the keys that name a row and the orders that it has, the usual one first.
  struct Kind: Sendable, CustomTestStringConvertible {
    var path: String
    var rows: String
    var identity: [String]
    var orders: [String]
    /// How many rows the scene has in it.
    var count: ClosedRange<Int>

    var testDescription: String { path }
  }

  static let kinds = [
    Kind(
      path: "connections", rows: "connections", identity: ["appId"],
      orders: ["connection", "-connection"], count: 3...3),
    Kind(
      path: "changes", rows: "items", identity: ["commandId"],
      orders: ["recordedAt", "-recordedAt"], count: 8...8),
    Kind(
      path: "search?q=rotation", rows: "items", identity: ["commandId"],
      orders: ["-recordedAt", "recordedAt"], count: 5...5),
    Kind(
      path: "connections/\(app)/timeline", rows: "items", identity: ["commandId", "recordedAt"],
      orders: ["-recordedAt", "recordedAt"], count: 3...9),
    Kind(
      path: "connections/\(app)/history", rows: "items", identity: ["commandId", "recordedAt"],
      orders: ["recordedAt", "-recordedAt"], count: 3...9),
    Kind(
      path: "events", rows: "events", identity: ["id"], orders: ["index", "-index"],
      count: 20...99),
    Kind(
      path: "events?type=command.intended", rows: "events", identity: ["id"],
      orders: ["index", "-index"], count: 8...8),
    Kind(
      path: "doubts", rows: "doubts", identity: ["commandId"],
      orders: ["since", "-since", "appId", "-appId"], count: 3...3),
    Kind(
      path: "secrets", rows: "secrets", identity: ["appId", "fingerprint"],
      orders: ["appId", "-appId", "firstUsedAt", "-lastUsedAt", "fingerprint"], count: 6...6),
    Kind(
      path: "holds", rows: "holds", identity: ["holdId"], orders: ["since", "-since"],
      count: 3...3),
    Kind(
      path: "tokens", rows: "tokens", identity: ["id"],
      orders: ["createdAt", "-createdAt", "-name", "role"], count: 3...9),
  ]

  /// Changes of three connections, of which each has a doubt that no read settles, and a hold.
  private func lend(_ body: (RunningGateway) async throws -> Void) async throws {
    try await RunningGateway.lend { gateway in
      for token in ["one", "two"] {
        _ = try await gateway.update(token, headers: ["Hindsight-Reason: rotation"])
        gateway.lane.world.advance(seconds: 60)
      }
      _ = try await gateway.ask("POST", RunningGateway.path(Self.app, "/lifecycle/activate"))
      for app in [Self.app, SampleApp.zscaler, SampleApp.slack] {
        let isVerify = app == SampleApp.slack
        if !isVerify {
          _ = try await gateway.ask("POST", RunningGateway.path(app), SampleBody.token("first"))
        }
        await gateway.lane.sandbox.add(
          SandboxFault(.cutHead, on: isVerify ? .verify : .update, isApplied: true))
        _ = try await gateway.ask(
          "POST",
          isVerify
            ? "/api/v1/apps/slack/\(app)/oauth2/callback?code=good&state=no"
            : RunningGateway.path(app),
          headers: ["Hindsight-Reason: Rotation"], isVerify ? nil : SampleBody.token("of \(app)"))
        await gateway.lane.commands.drain()
        gateway.lane.world.advance(seconds: 60)
        _ = try await gateway.native(
          "POST", "holds", as: .admin, #"{"over":{"appId":"\#(app)"},"reason":"case"}"#)
      }
      try await body(gateway)
    }
  }

  private func page(
    _ gateway: RunningGateway, _ kind: Kind, _ query: [String]
  ) async throws -> (rows: [[String?]], next: String?) {
    let separator = kind.path.contains("?") ? "&" : "?"
    let path = kind.path + separator + query.joined(separator: "&")
    let answer = try await gateway.native("GET", path, as: .admin)
    #expect(answer.status == 200, "\(path): \(answer.text)")
    let rows = try #require(answer.json?[kind.rows]?.elements, "\(path)")
    return (
      rows.map { row in kind.identity.map { row[$0]?.text } }, answer.json?["nextCursor"]?.text
    )
  }

  @Test(arguments: kinds)
  func `goes on page by page in each of its orders, and misses nothing`(kind: Kind) async throws {
    try await lend { gateway in
      let usual = try await page(gateway, kind, ["limit=100"]).rows
      #expect(kind.count.contains(usual.count), "\(usual.count)")
      #expect(Set(usual).count == usual.count)
      for order in kind.orders {
        let whole = try await page(gateway, kind, ["sort=\(order)", "limit=100"])
        #expect(whole.next == nil && Set(whole.rows) == Set(usual), "\(order)")
        if order == kind.orders[0] { #expect(whole.rows == usual) }
        let other = order.hasPrefix("-") ? String(order.dropFirst()) : "-" + order
        let reversed = try await page(gateway, kind, ["sort=\(other)", "limit=100"]).rows
        #expect(reversed.reversed() == whole.rows, "\(other)")
        for limit in [1, 2, 5] {
          var rows: [[String?]] = []
          var cursor: [String] = []
          repeat {
            let found = try await page(
              gateway, kind, ["sort=\(order)", "limit=\(limit)"] + cursor)
            #expect(found.rows.count <= limit || kind.path.contains("timeline"))
            rows += found.rows
            cursor = found.next.map { ["cursor=\($0)"] } ?? []
          } while !cursor.isEmpty
          #expect(rows == whole.rows, "\(order), \(limit) at a time")
        }
      }
    }
  }

  @Test func `of what stands goes on behind the last row, though it stands no more`() async throws {
    try await lend { gateway in
      let kind = try #require(Self.kinds.first { $0.rows == "doubts" })
      let whole = try await page(gateway, kind, []).rows
      let first = try await page(gateway, kind, ["limit=1"])
      let id = try #require(first.rows[0][0])
      _ = try await gateway.native(
        "POST", "commands/\(id)/resolve", as: .operator,
        #"{"verdict":"applied","reason":"looked"}"#)
      let rest = try await page(gateway, kind, ["cursor=\(try #require(first.next))"])
      #expect(first.rows + rest.rows == whole)
      for other in ["sort=-since", "appId=x"] {
        let answer = try await gateway.native(
          "GET", "doubts?\(other)&cursor=\(try #require(first.next))")
        answer.expectProblem(400, "bad-input")
        #expect(answer.json?["detail"]?.text?.contains("of another question") == true)
      }
    }
  }

  @Test func `of what stands is filtered`() async throws {
    try await lend { gateway in
      let prints = try await gateway.native("GET", "secrets").json?["secrets"]?.elements ?? []
      let print = try #require(prints.first { $0["appId"]?.text == "\(Self.app)" })
      let digits = try #require(print["fingerprint"]?.text?.prefix(9))
      for (path, key, count) in [
        ("doubts?appId=\(SampleApp.slack)", "doubts", 1), ("doubts?kind=verify", "doubts", 1),
        ("secrets?appId=\(Self.app)", "secrets", 4),
        ("secrets?standing=mayBeCurrent", "secrets", 2),
        ("secrets?standing=held", "secrets", 6), ("secrets?standing=shredded", "secrets", 0),
        ("secrets?fingerprint=\(digits.uppercased())", "secrets", 1),
        ("secrets?standing=current&appId=\(Self.app)", "secrets", 1),
        ("holds?appId=\(SampleApp.slack)", "holds", 1), ("holds?fingerprint=00", "holds", 0),
        ("rollbacks?outcome=stopped", "rollbacks", 0), ("tokens?role=operator", "tokens", 1),
      ] {
        let answer = try await gateway.native("GET", path, as: .admin)
        #expect(answer.json?[key]?.elements?.count == count, "\(path): \(answer.text)")
      }
    }
  }
}
