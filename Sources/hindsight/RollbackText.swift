import ArgumentParser
import Foundation
import NIOHTTP1
import OktaAPI

/// How a rollback reads in a terminal.
enum RollbackText {
  static func plan(_ plan: JSONValue) -> String {
    let steps = plan["steps"]?.elements ?? []
    var text = "The connection is already so; nothing needs to be sent.\n"
    if !steps.isEmpty {
      var table = TextTable(header: ["STEP", "COMMAND", "BEFORE", "AFTER", "SECRET"])
      table.rows = steps.enumerated().map { number, step in
        [
          String(number + 1), command(step), state(step["before"]), state(step["after"]),
          step["usesRecordedSecret"]?.boolean == true ? "from the vault" : "",
        ]
      }
      table.rows += (plan["awaited"]?.elements ?? []).map {
        ["then", $0.text ?? "", "", "", "by a person"]
      }
      text = table.text
      text += differences(plan["present"], plan["target"]).map { "Changes \($0).\n" }.joined()
    }
    for secret in plan["secrets"]?.elements ?? [] { text += self.secret(secret) + "\n" }
    for (title, key) in [("Cannot be known", "unknowable"), ("Could fail", "risks")] {
      for note in plan[key]?.elements ?? [] { text += "\(title): \(note["detail"]?.text ?? "")\n" }
    }
    if plan["needsConsent"]?.boolean == true {
      text += "A person must consent in a browser; the link comes with the result.\n"
    }
    let calls = plan["calls"]?.integer ?? 0
    if calls > 0 { text += "Takes at most \(calls) calls of Okta's rate budget.\n" }
    return text + "To version \(plan["targetVersion"]?.integer ?? 0). Plan "
      + "\(plan["digest"]?.text ?? "")"
  }

  static func plans(_ plan: JSONValue) -> String {
    let connections = plan["connections"]?.elements ?? []
    guard !connections.isEmpty else {
      return "No connection differs by what was asked for; nothing needs to be sent."
    }
    var table = TextTable(header: ["APP", "NOW", "THEN", "STEPS", "NOTE"])
    table.rows = connections.map { connection in
      let steps = connection["steps"]?.elements ?? []
      let awaited = (connection["awaited"]?.elements ?? []).compactMap(\.text)
      return [
        connection["appId"]?.text ?? "", state(connection["present"]), state(connection["target"]),
        (steps.map(command) + awaited).joined(separator: ", "), note(connection),
      ]
    }
    let totals = plan["totals"]
    return table.text + notes(connections) + """
      Connections: \(totals?["connections"]?.integer ?? 0). Of them \
      \(totals?["blocked"]?.integer ?? 0) cannot be taken back, \
      \(totals?["needingConsent"]?.integer ?? 0) need a person. At most \
      \(totals?["calls"]?.integer ?? 0) calls of Okta's rate budget.
      Plan \(plan["digest"]?.text ?? "")
      """
  }

  /// What cannot be known and what could fail, each once with the connections that it is about.
  private static func notes(_ connections: [JSONValue]) -> String {
    var apps: [String: [String]] = [:]
    var order: [String] = []
    for connection in connections {
      for (title, key) in [("Cannot be known", "unknowable"), ("Could fail", "risks")] {
        for note in connection[key]?.elements ?? []
        where note["code"]?.text != "othersChangesUndone" {
          let line = "\(title): \(note["detail"]?.text ?? "")"
          if apps[line] == nil { order.append(line) }
          apps[line, default: []].append(connection["appId"]?.text ?? "")
        }
      }
    }
    return order.map { "\($0) Of: \(apps[$0]?.joined(separator: ", ") ?? "").\n" }.joined()
  }

  private static func note(_ connection: JSONValue) -> String {
    if let detail = connection["detail"]?.text { return detail }
    var notes = differences(connection["present"], connection["target"]).map { "Changes \($0)." }
    notes += (connection["secrets"]?.elements ?? []).map { secret($0) }
    for risk in connection["risks"]?.elements ?? []
    where risk["code"]?.text == "othersChangesUndone" {
      notes.append(risk["detail"]?.text ?? "")
    }
    if connection["needsConsent"]?.boolean == true { notes.append("A person must consent.") }
    return notes.joined(separator: " ")
  }

  static func list(_ told: JSONValue) -> String {
    let rollbacks = told["rollbacks"]?.elements ?? []
    guard !rollbacks.isEmpty else { return "Every rollback has ended." }
    var table = TextTable(header: ["ROLLBACK", "OF", "BEGUN", "BY", "STANDS", "REASON"])
    table.rows = rollbacks.map { rollback in
      let count = rollback["connections"]?.integer ?? 0
      return [
        rollback["rollbackId"]?.text ?? "", rollback["appId"]?.text ?? "\(count) connections",
        String((rollback["startedAt"]?.text ?? "").prefix(19)).replacing("T", with: " "),
        rollback["actor"]?["display"]?.text ?? "", words[rollback["outcome"]?.text ?? ""] ?? "",
        rollback["reason"]?.text ?? "",
      ]
    }
    return table.text + "hindsight rollback show ROLLBACK tells how far one has come."
  }

  /// Prints what became of it; a rollback that stopped is told by the exit code, too.
  static func tell(_ told: JSONValue, _ output: FormatOptions) throws {
    output.show(told, outcome(told))
    guard ["completed", "awaitingConsent", "running"].contains(told["outcome"]?.text ?? "") else {
      throw RollbackCommand.stopped
    }
  }

  static func outcome(_ told: JSONValue) -> String {
    let id = told["rollbackId"]?.text ?? ""
    var lines: [String] = []
    if let connections = told["connections"]?.elements {
      var table = TextTable(header: ["APP", "OUTCOME", "ROLLBACK", "NOTE"])
      table.rows = connections.map { connection in
        ["appId", "outcome", "rollbackId", "detail"].map { connection[$0]?.text ?? "" }
      }
      if !connections.isEmpty { lines.append(String(table.text.dropLast())) }
    } else {
      lines += (told["commands"]?.elements ?? []).map { command in
        "\(command["command"]?.text ?? "") \(command["outcome"]?.text ?? "") "
          + "(command \(command["commandId"]?.text ?? ""))"
      }
    }
    lines.append("Rollback \(id): \(words[told["outcome"]?.text ?? ""] ?? "it is not known how").")
    if let detail = told["detail"]?.text { lines.append(detail) }
    if let off = told["provisioningOff"]?["milliseconds"]?.integer {
      lines.append("Provisioning was off for at most \(off) ms.")
    }
    if let link = told["consent"]?["link"]?.text, told["outcome"]?.text == "awaitingConsent" {
      lines.append(
        "Open this link in a browser and consent, by \(told["consent"]?["expiresAt"]?.text ?? ""):")
      lines.append(link)
      let activates = told["consent"]?["awaited"]?.elements?.last?.text == "activate"
      lines.append(
        "Then POST the path and query that it ends at (/api/v1/apps/…/oauth2/callback?code=…) to "
          + "this gateway\(activates ? ", and activate" : "").")
    }
    if let connection = told["connection"] {
      let verb = told["endedAt"]?.text == nil ? "was last seen" : "was then"
      lines.append("The connection \(verb) \(state(connection)).")
    }
    if ["stopped", "inDoubt"].contains(told["outcome"]?.text ?? "") {
      lines.append("To go on: hindsight rollback resume \(id) --reason '…'")
      lines.append("To give it up: hindsight rollback abandon \(id) --reason '…'")
    }
    return lines.joined(separator: "\n")
  }

  private static let words = [
    "running": "under way", "completed": "completed",
    "awaitingConsent": "waits for a person's consent", "stopped": "stopped",
    "inDoubt": "stopped at a step that may have happened", "abandoned": "given up",
    "expired": "ended, for the time for consent was over", "failed": "ended at a step that failed",
  ]

  /// What is different beside the scheme and the status, which the table shows.
  private static func differences(_ before: JSONValue?, _ after: JSONValue?) -> [String] {
    [("the base URL", "baseUrl"), ("the client id", "clientId"), ("rotation", "rotationMode")]
      .compactMap { name, key in
        let (was, becomes) = (before?[key]?.text, after?[key]?.text)
        return was == becomes ? nil : "\(name) from \(was ?? "none") to \(becomes ?? "none")"
      }
  }

  private static func command(_ step: JSONValue) -> String {
    let command = step["command"]?.text ?? ""
    return command == "update" && step["activates"]?.boolean == true
      ? "update and activate" : command
  }

  private static func secret(_ secret: JSONValue) -> String {
    let print = String((secret["fingerprint"]?.text ?? "").prefix(12))
    let days = secret["ageDays"]?.integer ?? 0
    let age = days == 0 ? "less than a day" : days == 1 ? "a day" : "\(days) days"
    var text = "Secret \(print)…, first set \(age) ago"
    if secret["sameAsPresent"]?.boolean == true { text += "; it is the present one" }
    let others = (secret["alsoIn"]?.elements ?? []).compactMap(\.text)
    if !others.isEmpty { text += "; also in \(others.joined(separator: ", "))" }
    return text + "."
  }

  static func state(_ state: JSONValue?) -> String {
    [state?["authScheme"]?.text, state?["status"]?.text].compactMap(\.self).joined(separator: " ")
  }
}

/// Follows a rollback of all connections to its end, with a bar on a terminal.
enum RollbackProgress {
  static func follow(
    _ begun: JSONValue, _ client: ServerClient, _ format: OutputFormat
  ) async throws -> JSONValue {
    var told = begun
    guard let id = told["rollbackId"]?.text else { return told }
    let bar = ProgressBar(isWanted: format == .table)
    while told["outcome"]?.text == "running", told["connections"] != nil {
      bar.show(
        told["progress"]?["done"]?.integer ?? 0, of: told["progress"]?["of"]?.integer ?? 0)
      try await Task.sleep(for: .milliseconds(500))
      told = try await client.value(.GET, "/hindsight/v1/rollbacks/\(ServerClient.segment(id))")
    }
    bar.end()
    return told
  }
}
