import ArgumentParser
import Connections
import Gateway
import OktaAPI
import Projections

/// How the command line shows what the rooms know: the words of the native API.
enum Shown {
  static func appID(_ text: String) throws -> AppID {
    guard let app = AppID(text) else { throw ValidationError("This is no app id: \(text)") }
    return app
  }

  static func event(_ event: Event) -> JSONValue {
    (try? JSONValue(parsing: event.canonicalBytes)) ?? .null
  }

  /// To the second, for tables.
  static func time(_ instant: Instant) -> String {
    String(instant.description.prefix(19)).replacing("T", with: " ")
  }

  static func credential(_ snapshot: ConnectionSnapshot) -> String {
    switch snapshot[.token] {
    case .sealed(let fingerprint, let isCertain):
      String(fingerprint.prefix(8)) + (isCertain ? "" : " ?")
    case .notObserved: "not observed"
    case .unknown: "unknown"
    default: "no token"
    }
  }

  static func marks(_ snapshot: ConnectionSnapshot) -> String {
    var marks: [String] = []
    if !snapshot.doubts.isEmpty { marks.append("in doubt") }
    if snapshot.ruledBy != nil { marks.append("on a ruling") }
    if snapshot.isUnconfirmed { marks.append("not read back") }
    return marks.joined(separator: ", ")
  }

  static func details(_ version: ConnectionVersion, _ trueAt: TrueAt) -> String {
    let state = version.snapshot.state
    let lines: [(String, String?)] = [
      ("App", version.appID.description), ("Status", state?.status),
      ("Scheme", state?.authScheme), ("Base URL", state?.baseURL),
      ("Client id", state?.clientID), ("Key rotation", state?.rotationMode),
      ("Token", credential(version.snapshot)), ("Marks", marks(version.snapshot)),
      ("Version", String(version.version)), ("Known since (UTC)", time(version.recordedAt)),
      ("True after event", point(trueAt)),
    ]
    return lines.compactMap { name, value in
      guard let value, !value.isEmpty else { return nil }
      return name + String(repeating: " ", count: 19 - name.count) + value
    }.joined(separator: "\n")
  }

  /// Up to which event an answer is true, and why not further.
  static func point(_ trueAt: TrueAt) -> String {
    guard let stopped = trueAt.stopped else { return String(trueAt.size - 1) }
    return """
      \(trueAt.size - 1); stale, for \(stopped.sentence). Run `hindsight verify`
      """
  }

  /// Changes of any connection, a line each.
  static func changes(_ items: [HistoryItem]) -> TextTable {
    var table = TextTable(
      header: ["EVENT", "WHEN (UTC)", "APP", "WHO", "WHAT", "OUTCOME", "REASON", "TICKET"])
    table.rows = items.map { item in
      [
        String(item.indexes.first ?? 0), time(item.recordedAt), item.appID.description,
        item.context.actor.display, item.kind.word, item.ending?.word ?? "",
        item.context.reason ?? "", item.context.ticket ?? "",
      ]
    }
    return table
  }

  static func history(_ items: [HistoryItem]) -> TextTable {
    var table = TextTable(
      header: ["VERSION", "WHEN (UTC)", "WHO", "WHAT", "OUTCOME", "FROM", "TO", "TOKEN", "REASON"])
    table.rows = items.map { item in
      let content = item.intent?.command.updateContent
      let why = [item.context.reason, item.context.ticket.map { "[\($0)]" }]
      let ending = [
        item.ending?.word, item.outcome?.call.errorCode, item.isRuled ? "by a ruling" : nil,
      ]
      return [
        String(item.version), time(item.recordedAt), item.context.actor.display, item.kind.word,
        ending.compactMap(\.self).joined(separator: " "), state(item.before),
        state(item.after),
        (content?.token ?? content?.adminPassword).map { String($0.fingerprint.prefix(8)) } ?? "",
        why.compactMap(\.self).joined(separator: " "),
      ]
    }
    return table
  }

  /// The events of one command, a line each.
  static func events(_ events: [Event]) -> TextTable {
    var table = TextTable(
      header: ["EVENT", "TYPE", "WHEN (UTC)", "WHO", "STATUS", "OKTA'S REQUEST", "WHAT WAS SAID"])
    table.rows = events.map { event in
      let call: CallRecord? =
        switch event.payload {
        case .succeeded(let outcome), .refused(let outcome), .notSent(let outcome),
          .inDoubt(let outcome):
          outcome.call
        default: nil
        }
      var said =
        call.map { [$0.errorCode, $0.errorSummary, $0.detail] }
        ?? [event.context.reason, event.context.ticket.map { "[\($0)]" }]
      if case .resolved(let resolution) = event.payload {
        said.insert(
          resolution.verdict.rawValue + (resolution.isRuling ? ", by a ruling" : ""), at: 0)
      }
      return [
        String(event.index), event.payload.kind.rawValue, time(event.recordedAt),
        event.context.actor.display, call?.status.map(String.init) ?? "", call?.requestID ?? "",
        said.compactMap(\.self).joined(separator: " "),
      ]
    }
    return table
  }

  private static func state(_ state: ConnectionState?) -> String {
    state.map { "\($0.authScheme) \($0.status)" } ?? ""
  }

  static func value(_ value: FieldValue) -> String {
    switch value {
    case .text(let text): text
    case .sealed(let fingerprint, let isCertain):
      String(fingerprint.prefix(8)) + (isCertain ? "" : " ?")
    case .empty: "(empty)"
    case .unknown: "(unknown)"
    case .notObserved: "(not observed)"
    }
  }
}
