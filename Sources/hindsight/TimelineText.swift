import Connections
import Foundation
import Gateway
import Projections

/// A connection's history drawn as a timeline: a rail, a mark, and one line from intent to outcome.
struct TimelineText {
  var items: [HistoryItem]
  /// Colour is for terminals alone, and never the only sign.
  var hasColour: Bool
  /// Columns of the terminal; without one nothing is folded or cut.
  var width: Int

  /// As the standard output takes it.
  static func forOutput(_ items: [HistoryItem]) -> TimelineText {
    let isTerminal = isatty(STDOUT_FILENO) == 1
    return TimelineText(
      items: items,
      hasColour: isTerminal && ProcessInfo.processInfo.environment["NO_COLOR"] == nil,
      width: TextTable.terminalColumns ?? .max)
  }

  var text: String {
    items.enumerated().map { position, item in
      line(item, isLast: position + 1 == items.count)
    }.joined()
  }

  private func line(_ item: HistoryItem, isLast: Bool) -> String {
    let mark = Self.mark(item)
    let head = [
      "\(mark.sign) \(Shown.time(item.recordedAt))", what(item).harmlessLine,
      who(item).harmlessLine,
    ].joined(separator: "  ")
    let rail = isLast ? " " : "│"
    let rest = [why(item), "\(events(item)), version \(item.version)\(rollback(item))"]
      .compactMap(\.self).map { "\(rail)   \(cut($0.harmlessLine, width - 4))\n" }.joined()
    return coloured(mark.sign, mark.colour) + folded(head, rail).dropFirst(mark.sign.count) + rest
  }

  /// What is wider than the terminal goes on below, at a gap between words where there is one.
  private func folded(_ text: String, _ rail: String) -> String {
    var lines: [String] = []
    var line = ""
    for word in text.split(separator: " ", omittingEmptySubsequences: false) {
      if !line.isEmpty, line.count + 1 + word.count > width {
        lines.append(line)
        line = "\(rail)   "
      } else if !line.isEmpty || !lines.isEmpty {
        line += " "
      }
      line += word
    }
    return (lines + [line]).map { $0 + "\n" }.joined()
  }

  /// A drift is nobody's whom we know; whose read it was is told.
  private func who(_ item: HistoryItem) -> String {
    let name = item.context.actor.display
    guard case .observed(let observation) = item.kind else { return name }
    return (observation.isDrift ? "from outside, " : "") + "seen by \(name)"
  }

  private func cut(_ text: String, _ width: Int) -> String {
    text.count <= width || width < 8 ? text : String(text.prefix(width - 1)) + "…"
  }

  private func events(_ item: HistoryItem) -> String {
    (item.indexes.count == 1 ? "event " : "events ") + item.indexes.ranges
  }

  /// The caller's words, and behind a dash what became of the call.
  private func why(_ item: HistoryItem) -> String? {
    let call = item.outcome?.call
    let parts = [
      [item.context.reason, item.context.ticket.map { "[\($0)]" }],
      [call?.errorCode, call?.errorSummary ?? call?.detail],
    ].map { $0.compactMap(\.self).joined(separator: " ") }.filter { !$0.isEmpty }
    return parts.isEmpty ? nil : parts.joined(separator: " — ")
  }

  /// By what it is resumed, abandoned and asked for.
  private func rollback(_ item: HistoryItem) -> String {
    guard let id = item.commandID else { return "" }
    return if case .rollback = item.kind { ", rollback \(id)" } else { ", command \(id)" }
  }

  private func course(_ event: RollbackEvent) -> String {
    switch event {
    case .started(let start): "  to version \(start.targetVersion)"
    case .stopped(let stop): "  \(stop.detail)"
    case .failed(let end) where end.cause == .abandoned: "  given up"
    case .failed(let end): (end.detail ?? end.cause?.rawValue).map { "  \($0)" } ?? ""
    case .refused(let refused): "  \(RefusalPhrase.of(refused.blocker))"
    case .resumed, .awaitingConsent, .completed: ""
    }
  }

  private func what(_ item: HistoryItem) -> String {
    if case .rollback(let event) = item.kind { return item.kind.word + course(event) }
    let ending = item.ending.map { " → \($0.word)" } ?? ""
    let content = item.intent?.command.updateContent
    var changes = Self.changes(item.before, item.after)
    if let secret = content?.token ?? content?.adminPassword {
      changes.append("secret \(secret.fingerprint.prefix(8))")
    }
    if item.before == nil, let after = item.after {
      changes.append("\(after.authScheme) \(after.status)")
    }
    if item.isNotReadBack { changes.append("not read back") }
    let told = changes.isEmpty ? "" : "  " + changes.joined(separator: ", ")
    return item.kind.word + ending + told
  }

  private static func changes(_ before: ConnectionState?, _ after: ConnectionState?) -> [String] {
    guard let before, let after else { return [] }
    let fields: [(String, String?, String?)] = [
      ("scheme", before.authScheme, after.authScheme), ("status", before.status, after.status),
      ("base URL", before.baseURL, after.baseURL), ("client id", before.clientID, after.clientID),
      ("rotation", before.rotationMode, after.rotationMode),
    ]
    return fields.filter { $0.1 != $0.2 }
      .map { "\($0.0) \($0.1 ?? "(empty)") → \($0.2 ?? "(empty)")" }
  }

  // MARK: - Marks

  private enum Colour: Int {
    case plain = 0
    case red = 31
    case green = 32
    case yellow = 33
    case blue = 34
    case grey = 90
  }

  private func coloured(_ text: String, _ colour: Colour) -> String {
    hasColour && colour != .plain ? "\u{1B}[\(colour.rawValue)m\(text)\u{1B}[0m" : text
  }

  private static func mark(_ item: HistoryItem) -> (sign: String, colour: Colour) {
    switch item.kind {
    case .observed(let observation): return observation.isDrift ? ("▲", .blue) : ("│", .grey)
    case .rollback: return ("↺", .plain)
    case .command: break
    }
    switch item.ending {
    case .succeeded?, .resolved(.applied)?, .resolved(.noDifference)?: return ("●", .green)
    case .refused?: return ("✕", .red)
    case .notSent?, .resolved(.notApplied)?, .resolved(.superseded)?: return ("○", .grey)
    default: return ("◇", .yellow)
    }
  }
}
