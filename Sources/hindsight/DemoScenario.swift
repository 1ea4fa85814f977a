import ArgumentParser
import Connections
import EventStore
import Foundation
import NIOHTTP1
import OktaAPI
import Projections
import Reports
import TransparencyLog

/// What the demo does, each step as a client would and checked as it goes.
struct DemoScenario {
  let origin: String
  let sandbox: String
  let directory: String
  let views: ConnectionViews
  let changer: ServerClient

  /// An Org2Org app of the sandbox: it takes tokens as well as OAuth.
  static let app = "0oaORG2ORG0000000001"
  /// A Slack app of the sandbox: it needs a person's consent.
  private static let slack = "0oaSLACK000000000001"
  private static let firstToken = "00demoFirstToken"
  private static let secondToken = "00demoSecondToken"

  func run() async throws {
    Output.line("Hindsight stands at \(origin), in front of a sandbox organisation.\n")
    try await changeConnection()
    try await consent()
    try await fail()
    Output.line("\nWhat Hindsight knows of \(Self.app):\n")
    try await showHistory()
    try await rollBack()
    try await report()
    try await verify()
    Output.line(
      """

      Shown: changes by two tokens and a scheme change, activate and deactivate, a consent that \
      was verified, a refusal by Okta; the history; the way back to the first token; the report; \
      the check of the whole journal.
      The data is in \(directory). Go on with:
        \(Self.program) history \(Self.app) --data \(directory)
        \(Self.program) show \(Self.app) --as-of 3 --data \(directory)
      and see "In front of your own organisation" in the README for a journal of your own.
      """)
  }

  /// This program, as it can be called again from anywhere.
  private static let program = Bundle.main.executablePath ?? CommandLine.arguments[0]

  // MARK: - Changes

  private func changeConnection() async throws {
    try await update(Self.app, "set the first token", Self.token(Self.firstToken), activate: true)
    try await update(Self.app, "set the second token", Self.token(Self.secondToken), activate: true)
    try await update(
      Self.app, "change the scheme to OAuth 2.0",
      [
        "profile": [
          "authScheme": "OAUTH2", "clientId": "0oaDEMOCLIENT0000001",
          "signing": ["rotationMode": "AUTO"],
        ]
      ], activate: false)
    try await lifecycle("activate")
    try await lifecycle("deactivate")
  }

  private func consent() async throws {
    let answer = try await update(
      Self.slack, "start a Slack connection", ["profile": ["authScheme": "OAUTH2"]],
      activate: false)
    guard let link = answer.json["_links"]?["authorize"]?["href"]?.text,
      let state = OktaRoute.parameters("state", in: OktaRoute.split(link).query).first
    else { throw Surprise("Okta's answer has no link for the consent.") }
    let verified = try await send(
      "/api/v1/apps/slack/\(Self.slack)/oauth2/callback?code=good&state=\(state)",
      reason: "a person consented in the browser")
    try expect(verified, 204, "verify the consent")
  }

  private func fail() async throws {
    let answer = try await send(
      "/api/v1/apps/\(Self.app)/connections/default?activate=true",
      body: Self.token("badToken"), reason: "a token that does not work")
    try expect(answer, 400, "a token that the far side refuses")
  }

  @discardableResult
  private func update(
    _ app: String, _ reason: String, _ body: JSONValue, activate: Bool
  ) async throws -> ServerClient.Answer {
    let answer = try await send(
      "/api/v1/apps/\(app)/connections/default" + (activate ? "?activate=true" : ""), body: body,
      reason: reason)
    try expect(answer, 200, reason)
    return answer
  }

  private func lifecycle(_ operation: String) async throws {
    let answer = try await send(
      "/api/v1/apps/\(Self.app)/connections/default/lifecycle/\(operation)", reason: operation)
    try expect(answer, 204, operation)
  }

  private func send(
    _ path: String, body: JSONValue? = nil, reason: String
  ) async throws -> ServerClient.Answer {
    try await changer.send(
      .POST, path, body: body,
      headers: [("Hindsight-Reason", reason), ("Hindsight-Ticket", "DEMO-1")], scheme: "SSWS")
  }

  private func expect(_ answer: ServerClient.Answer, _ status: Int, _ what: String) throws {
    Output.line("  \(answer.status)  \(what)")
    guard answer.status == status else {
      throw Surprise("\(what): \(status) was expected, and \(answer.status) came.")
    }
  }

  private static func token(_ token: String) -> JSONValue {
    ["profile": ["authScheme": "TOKEN", "token": .string(token)]]
  }

  // MARK: - What is kept

  private func showHistory() async throws {
    let (items, _) = try await views.history(of: try Shown.appID(Self.app))
    Output.line(Shown.history(items).fitted.text)
  }

  private func rollBack() async throws {
    let (items, _) = try await views.history(of: try Shown.appID(Self.app))
    guard let first = items.first(where: { $0.kind == .command(.update) }) else {
      throw Surprise("The history has no update.")
    }
    let path = "/hindsight/v1/connections/\(Self.app)/rollback"
    let target: JSONValue = ["version": JSONValue(first.version)]
    let plan = try await changer.value(.POST, path + "/preview", body: ["to": target])
    Output.line("Back to version \(first.version), the first token:\n")
    Output.line(RollbackText.plan(plan))
    let result = try await changer.value(
      .POST, path,
      body: [
        "to": target, "digest": plan["digest"] ?? .null, "reason": "the demo goes back",
      ])
    Output.line("\n" + RollbackText.outcome(result))
    let held = try await ServerClient(origin: sandbox, token: "none").value(
      .POST, "/sandbox/holds",
      body: ["appId": .string(Self.app), "token": .string(Self.firstToken)])
    guard held["holds"]?.boolean == true else {
      throw Surprise("The sandbox does not hold the first token.")
    }
    Output.line("The sandbox says: yes, that is the first token. Nobody was shown it.")
  }

  private func report() async throws {
    let path = directory + "/changes.csv"
    let answer = try await changer.send(.GET, "/hindsight/v1/reports/changes.csv")
    try Data(answer.body).write(to: URL(filePath: path))
    let rows = answer.body.split(separator: UInt8(ascii: "\n")).count - 1
    Output.line("\nWrote \(path): \(rows) changes.")
  }

  private func verify() async throws {
    let reader = try Journals.openForReading(directory)
    let report = try await JournalVerifier(reader).verify()
    guard report.isSound else { throw Surprise("The journal is not sound.") }
    Output.line("Verified: \(report.size) events, all sound. Root \(report.root)")
  }

  /// The demo did not go as it should.
  struct Surprise: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
  }
}
