import ArgumentParser
import Foundation
import NIOHTTP1
import OktaAPI

struct RollbackCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rollback",
    abstract: "Takes a connection back to an earlier point of its history.",
    discussion: """
      Shows the plan and carries it out with --yes. The plan's digest is named when it is carried \
      out: if the connection has moved since, nothing is sent. Needs a running server \
      and the role operator.
      """)

  @Argument(help: "The app's id.") var app: String

  @Option(
    help: "previous, a version from `hindsight history`, an event's id, or a time.")
  var to: String

  @Option(help: "Why; recorded with each step.") var reason: String?
  @Option(help: "The ticket; recorded with each step.") var ticket: String?
  @Flag(help: "Carry the plan out.") var yes = false
  @OptionGroup var server: ServerOptions
  @OptionGroup var output: FormatOptions

  func run() async throws {
    try await Failures.told {
      let client = try await server.client()
      let path = "/hindsight/v1/connections/\(ServerClient.segment(app))/rollback"
      var body: [JSONValue.Member] = [.init("to", target)]
      let plan = try await client.value(.POST, path + "/preview", body: .object(body))
      if output.format == .table { Output.line(Self.table(plan)) }
      guard yes else {
        switch output.format {
        case .json: Output.json(plan)
        case .table: Output.line("Nothing was sent. Repeat it with --yes to carry it out.")
        }
        return
      }
      body.append(.init("digest", plan["digest"] ?? .null))
      if let reason { body.append(.init("reason", .string(reason))) }
      if let ticket { body.append(.init("ticket", .string(ticket))) }
      let result = try await client.value(.POST, path, body: .object(body))
      switch output.format {
      case .json: Output.json(result)
      case .table: Output.line(Self.outcome(result))
      }
    }
  }

  private var target: JSONValue {
    if to == "previous" { return "previous" }
    if let version = Int(to) { return ["version": JSONValue(version)] }
    return to.contains(":") ? ["asOf": .string(to)] : ["event": .string(to)]
  }

  static func table(_ plan: JSONValue) -> String {
    var table = TextTable(header: ["STEP", "COMMAND", "BEFORE", "AFTER", "SECRET"])
    let steps = plan["plannedSteps"]?.elements ?? []
    table.rows = steps.enumerated().map { number, step in
      [
        String(number + 1), step["command"]?.text ?? "", state(step["before"]),
        state(step["after"]),
        step["usesRecordedSecret"]?.boolean == true ? "from the vault" : "",
      ]
    }
    var text = table.text
    if steps.isEmpty { text = "The connection is already so; nothing needs to be sent.\n" }
    for caution in plan["cautions"]?.elements ?? [] {
      text += "Note: \(cautions[caution.text ?? ""] ?? caution.text ?? "")\n"
    }
    return text + "Plan \(plan["digest"]?.text ?? "")"
  }

  private static let cautions = [
    "secretMayBeRevoked":
      "the old secret may have been revoked at the far side since; Okta checks it and may refuse.",
    "presentSecretUnknown":
      "whether the present secret is the recorded one cannot be known; the old one is sent anyway.",
    "unknownFieldsLost":
      "the old update had fields that were recorded by name only; they are not sent again.",
    "targetInDoubt": "the state at the target rests on a command that is in doubt.",
  ]

  static func outcome(_ result: JSONValue) -> String {
    let steps = (result["steps"]?.elements ?? []).map { step in
      "\(step["command"]?.text ?? "") \(step["outcome"]?.text ?? "") "
        + "(command \(step["commandId"]?.text ?? ""))"
    }
    return (steps + ["The connection is now \(state(result["connection"]))."])
      .joined(separator: "\n")
  }

  private static func state(_ state: JSONValue?) -> String {
    [state?["authScheme"]?.text, state?["status"]?.text].compactMap(\.self).joined(separator: " ")
  }
}
