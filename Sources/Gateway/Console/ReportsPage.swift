import Commands
import Connections
import Hummingbird
import OktaAPI
import Projections
import Reports

/// Choose a report, see its first rows, take it away.
extension Gateway {
  private static let firstRows = 10

  func reportsPage(_ request: GatewayRequest, _ visitor: Visitor) async throws -> Response {
    func text(_ name: String) -> String? {
      OktaRoute.parameters(name, in: request.query).first.flatMap { $0.isEmpty ? nil : $0 }
    }
    let word = text("name") ?? ReportName.changes.rawValue
    guard let name = ReportName(rawValue: word) else { throw Self.noSuchReport(word) }
    let definition = ReportDefinition.of(name)
    let report = try await report(name) { parameter in
      guard definition.parameters.contains(parameter) else { return nil }
      // Before a point is chosen, the present is one.
      return text(parameter.rawValue) ?? (parameter == .asOf ? "now" : nil)
    }
    let (rows, count) = try await report.firstRows(Self.firstRows, from: views)
    let end = TrueAt(size: try await views.size())
    var model = frame(.reports, visitor, title: "Reports", here: request.target, trueAt: end)
    model.merge(Self.chosen(report, text)) { $1 }
    let root = try await root(of: report)
    model.merge([
      "headline": Self.headline(report, count), "columns": definition.columns,
      "rows": rows.map { row -> Markup in
        let cells = zip(definition.columns, row).map { column, value -> Markup in
          "<td>\(Self.cell(value, of: column))</td>"
        }
        return "<tr>\(cells.joined())</tr>\n"
      }.joined(),
      "rowsLine": Self.rowsLine(report, rows.count, count),
      "count": count.map(String.init) ?? "drawn when it is made",
      "trueAt": max(0, report.size - 1), "root": root as Any,
      // The point at which what was shown is true, so that the file has what was seen.
      "exactAsOf": report.pointAgain,
    ]) { $1 }
    model.merge(try await made()) { $1 }
    return Pages.response("reports", model)
  }

  private static func rowsLine(_ report: Report, _ shown: Int, _ count: Int?) -> String {
    if let count {
      return "\(shown) of \(Signs.count(count, "row", "rows")); the file has them all."
    }
    return "It is drawn when it is made, for every change takes part in the draw."
  }

  /// - Parameter count: of its rows; a sample is not drawn before it is made.
  private static func headline(_ report: Report, _ count: Int?) -> String {
    let since = report.from.map { " since \(Signs.day($0))" } ?? ""
    let name = report.definition.name.said.capitalizedFirst
    guard let count else {
      return "A sample of \(Signs.count(report.count, "change", "changes")), by seed \(report.seed)"
    }
    switch report.definition.name {
    case .changes:
      return "\(Signs.count(count, "change", "changes"))\(since), complete and countable"
    case .coverage:
      return count == 0 ? "No gap is known\(since)" : "\(Signs.count(count, "gap", "gaps"))\(since)"
    default: return "\(name): \(Signs.count(count, "row", "rows"))\(since)"
    }
  }

  private static func noSuchReport(_ word: String) -> ConsoleFault {
    ConsoleFault(
      status: 404, title: "There is no such report",
      what: "There is no report called \(String(word.prefix(60))). Nothing was made.",
      todo: "Choose one of those that there are.", link: "/hindsight/reports",
      linkName: "To the reports")
  }

  private static func chosen(_ report: Report, _ text: (String) -> String?) -> [String: Any] {
    let definition = report.definition
    let fields = ReportParameter.allCases.filter { field in
      // At another point than the present it is the next in the list.
      definition.parameters.contains(field)
        && !(field == .asOf && definition.name == .currentState)
    }
    return [
      "name": definition.name.rawValue, "report": definition.name.said,
      "edition": definition.version,
      "definitions": ReportName.allCases.map { name -> [String: Any] in
        let other = ReportDefinition.of(name)
        return [
          "name": name.rawValue, "title": name.said, "edition": other.version,
          "what": other.what, "here": name == definition.name,
        ]
      },
      "fields": fields.map { field -> [String: Any] in
        let value =
          field == .seed && text("seed") == nil ? String(report.seed) : text(field.rawValue)
        return [
          "name": field.rawValue, "label": field.said, "hint": field.hint,
          "size": field == .n ? 6 : 21, "value": value ?? (field == .n ? String(report.count) : ""),
          "isAsOf": field == .asOf,
        ]
      },
      "formats": ReportFormat.allCases.filter { $0.isOffered(for: definition.name) }
        .enumerated().map { position, format -> Markup in
          """
          <label class="line"><input type="radio" name="format" value="\(format.rawValue)"\
          \(position == 0 ? " checked" : "" as Markup)><span>\(format.said)</span></label>
          """
        }.joined(),
    ]
  }

  /// What has a page leads to it.
  private static func cell(_ value: ReportValue, of column: String) -> Markup {
    let pages = ["command_id": "changes", "app_id": "connections"]
    if let page = pages[column], case .text(let id) = value {
      return """
        <a class="id" href="/hindsight/\(page)/\(encoded(id))" title="\(id)">\(id)</a>
        """
    }
    return cell(value)
  }

  private static func cell(_ value: ReportValue) -> Markup {
    switch value {
    case .text(let text):
      text.utf8.count > 60
        ? "<span title=\"\(text)\">\(String(text.prefix(56)))…</span>" : "\(text)"
    case .number(let number): "\(number)"
    case .flag(let flag): flag ? "true" : "false"
    case .empty: Signs.empty
    case .unknown: Signs.unknown("unknown")
    case .notObserved: Signs.notObserved
    case .redacted: Signs.redacted
    }
  }

  /// The last reports that left the house.
  private func made() async throws -> [String: Any] {
    let lines = try await views.exports(limit: 20).map { event, export -> Markup in
      let name = export.definition.split(separator: "/").first.map(String.init) ?? ""
      let asked = [
        ("from", export.from), ("to", export.to), ("n", export.count.map { String($0) }),
        ("seed", export.seed.map { String($0) }),
      ].compactMap { name, value in value.map { (name, $0) } }
      let point = export.asOf ?? String(export.trueAtSize - 1)
      let query = ([("asOf", point)] + asked).map { "&\($0)=\(Self.encoded($1))" }.joined()
      let said = asked.map { "\($0) \($1)" }.joined(separator: " ")
      let again: Markup =
        ReportName(rawValue: name) == nil
        ? "" : "<a href=\"/hindsight/reports?name=\(name)\(query)\">See it again</a>"
      return """
        <tr><td>\(Signs.time(event.recordedAt))</td><th scope="row">\(export.definition)</th>\
        <td class="soft">\(said.isEmpty ? "all" : said)</td>\
        <td>\(event.context.actor.display)</td>\
        <td class="num mono">\(export.trueAtSize == 0 ? "none" : "\(export.trueAtSize - 1)")</td>\
        <td class="num">\(again)</td></tr>

        """
    }
    return ["made": lines.joined(), "hasMade": !lines.isEmpty]
  }

  func takeReport(_ form: FormFields, _ visitor: Visitor) async throws -> Response {
    let word = form["name"] ?? ""
    guard let name = ReportName(rawValue: word) else { throw Self.noSuchReport(word) }
    guard let format = ReportFormat(rawValue: form["format"] ?? "csv"),
      format.isOffered(for: name), let actor = visitor.actor
    else {
      throw InputFault(detail: "This report is not made in that format. Nothing was made.")
    }
    let definition = ReportDefinition.of(name)
    let report = try await report(name) { parameter in
      definition.parameters.contains(parameter) ? form[parameter.rawValue] : nil
    }
    try await record(report, actor)
    return stream(report, format)
  }
}

extension ReportName {
  var said: String {
    switch self {
    case .changes: "changes"
    case .currentState: "current state"
    case .stateAsOf: "state as of"
    case .credentialAges: "credential ages and reuse"
    case .doubts: "doubts and how they ended"
    case .rollbacks: "rollbacks"
    case .access: "access"
    case .coverage: "coverage"
    case .drift: "drift"
    case .sample: "sample"
    }
  }
}

extension ReportFormat {
  var said: String {
    switch self {
    case .csv: "CSV"
    case .jsonl: "JSON Lines"
    case .ocsf: "OCSF"
    case .cloudEvents: "CloudEvents"
    }
  }
}

extension ReportParameter {
  var said: String {
    switch self {
    case .from: "From"
    case .to: "To"
    case .asOf: "As of"
    case .n: "How many"
    case .seed: "Seed"
    }
  }

  var hint: String {
    switch self {
    case .from: "the beginning"
    case .to: "now"
    case .asOf: "a time or an index"
    case .n, .seed: ""
    }
  }
}
