import Commands
import Connections
import OktaAPI
import Projections

/// What a request for the overview asks: filters, order, page, point in time.
struct OverviewRequest {
  var query = ConnectionQuery()
  var asOf: String?
  var page = 1

  static let pageRows = 50

  init(_ request: GatewayRequest) throws {
    // An empty field of a form is a filter that was not set.
    func text(_ name: String) -> String? {
      OktaRoute.parameters(name, in: request.query).first.flatMap { $0.isEmpty ? nil : $0 }
    }
    query.text = text("text").map { String($0.prefix(200)) }
    query.scheme = try Self.word("scheme", text("scheme"), of: ConnectionState.Word.schemes)
    query.status = try Self.word("status", text("status"), of: ConnectionState.Word.statuses)
    query.mark = try text("mark").map { word in
      guard let mark = Mark(rawValue: word) else {
        throw Gateway.InputFault(
          detail: "mark is none that Hindsight knows: \(word). Nothing was done.")
      }
      return mark
    }
    query.fingerprint = text("fingerprint").map { String($0.prefix(64)).lowercased() }
    query.olderThanDays = try text("olderThanDays").map { word in
      guard let days = Int(word), (0...100_000).contains(days) else {
        throw Gateway.InputFault(
          detail: "olderThanDays must be a number of days: \(word). Nothing was done.")
      }
      return days
    }
    try readOrder(text("sort"), text("page"))
    asOf = text("asOf")
  }

  private static func word(_ name: String, _ word: String?, of words: [String]) throws -> String? {
    guard let word, !words.contains(word) else { return word }
    throw Gateway.InputFault(
      detail: "\(name) is none that Hindsight knows: \(word.prefix(60)). Nothing was done.")
  }

  private mutating func readOrder(_ sort: String?, _ page: String?) throws {
    query.sort = .lastChange
    query.isDescending = true
    if let sort {
      let isDescending = sort.hasPrefix("-")
      guard let found = ConnectionQuery.Sort(rawValue: String(sort.drop { $0 == "-" })) else {
        throw Gateway.InputFault(
          detail: "sort is none that Hindsight knows: \(sort). Nothing was done.")
      }
      (query.sort, query.isDescending) = (found, isDescending)
    }
    if let page {
      guard let number = Int(page), (1...1_000_000).contains(number) else {
        throw Gateway.InputFault(detail: "page must be a number from 1 on: \(page).")
      }
      self.page = number
    }
  }

  var isFiltered: Bool {
    query.text != nil || query.scheme != nil || query.status != nil || query.mark != nil
      || query.fingerprint != nil || query.olderThanDays != nil || asOf != nil
  }

  var sortWord: String { (query.isDescending ? "-" : "") + (query.sort?.rawValue ?? "") }

  /// The same question with another order or page.
  func link(sort: String? = nil, page: Int? = nil) -> String {
    var parts: [String] = []
    func add(_ name: String, _ value: String?) {
      if let value { parts.append(name + "=" + Gateway.encoded(value)) }
    }
    add("text", query.text)
    add("scheme", query.scheme)
    add("status", query.status)
    add("mark", query.mark?.rawValue)
    add("fingerprint", query.fingerprint)
    add("olderThanDays", query.olderThanDays.map(String.init))
    add("asOf", asOf)
    add("sort", sort ?? sortWord)
    if let page, page > 1 { add("page", String(page)) }
    return "/hindsight/?" + parts.joined(separator: "&") + "#connections"
  }
}

extension Gateway {
  func table(
    _ rows: [ListedConnection], total: Int, _ asked: OverviewRequest, point: PointInHistory,
    _ trueAt: TrueAt, _ moment: Instant
  ) async throws -> [String: Any] {
    // A page beyond the last one is the last one.
    let pages = max(1, (rows.count + OverviewRequest.pageRows - 1) / OverviewRequest.pageRows)
    var asked = asked
    asked.page = min(asked.page, pages)
    let start = (asked.page - 1) * OverviewRequest.pageRows
    let page = rows.dropFirst(start).prefix(OverviewRequest.pageRows)
    let strips = try await strips(page.map(\.appID), point, trueAt, moment)
    let markup = page.map { line($0, strips[$0.appID]?.markup ?? Markup.nothing, moment) }.joined()
    let end = start + page.count
    let query = asked.query
    return [
      "countLine": "\(rows.count) of \(total), true at index \(max(0, trueAt.size - 1))",
      "text": query.text ?? "", "asOf": asked.asOf ?? "", "filtered": asked.isFiltered,
      "olderThanDays": query.olderThanDays.map(String.init) ?? "",
      "schemes": Self.choices(["TOKEN", "OAUTH2", "UNKNOWN"].map { ($0, $0) }, query.scheme),
      "statuses": Self.choices(
        [("ENABLED", "Enabled"), ("DISABLED", "Disabled"), ("UNKNOWN", "Unknown")], query.status),
      "markChoices": Self.choices(
        Mark.allCases.map { ($0.rawValue, $0.word) }, query.mark?.rawValue),
      "keptFields": Self.kept(asked), "hasRows": !page.isEmpty, "rows": markup,
      "caption": "Connections, \(start + 1) to \(end) of \(rows.count)",
      "heads": Self.heads(asked), "range": "\(start + 1) to \(end) of \(rows.count)",
      "pages": Self.pages(asked, hasNext: end < rows.count),
      "csv": "/hindsight/reports?name="
        + (point == .now ? "current-state" : "state-as-of&asOf=\(asked.asOf ?? "")"),
    ]
  }

  static func choices(_ all: [(value: String, name: String)], _ chosen: String?) -> Markup {
    let options = all.map { option -> Markup in
      let selected: Markup = option.value == chosen ? " selected" : ""
      return "<option value=\"\(option.value)\"\(selected)>\(option.name)</option>"
    }
    return "<option value=\"\">Any</option>\(options.joined())"
  }

  private static func kept(_ asked: OverviewRequest) -> Markup {
    var out: Markup = "<input type=\"hidden\" name=\"sort\" value=\"\(asked.sortWord)\">"
    if let fingerprint = asked.query.fingerprint {
      out += """
        <label><span>Token</span><input name="fingerprint" type="text" class="mono" size="10" \
        value="\(fingerprint)"></label>
        """
    }
    return out
  }

  private static func heads(_ asked: OverviewRequest) -> Markup {
    let heads: [(String, ConnectionQuery.Sort?)] = [
      ("Connection", .connection), ("Scheme", .scheme), ("Status", .status),
      ("Last 30 days", nil), ("Last change", .lastChange), ("Token age", .tokenAge),
      ("Marks", nil),
    ]
    return heads.map { name, sort -> Markup in
      guard let sort else { return "<th scope=\"col\">\(name)</th>" }
      let isHere = asked.query.sort == sort
      let isDown = isHere ? !asked.query.isDescending : sort == .lastChange || sort == .tokenAge
      let link = asked.link(sort: (isDown ? "-" : "") + sort.rawValue)
      let order: Markup =
        isHere ? " aria-sort=\"\(asked.query.isDescending ? "descending" : "ascending")\"" : ""
      let arrow: Markup =
        isHere
        ? """
        <svg class="sort" aria-hidden="true">\
        <use href="#i-\(asked.query.isDescending ? "desc" : "asc")"/>\
        </svg>
        """ : ""
      return "<th scope=\"col\"\(order)><a href=\"\(link)\">\(name)\(arrow)</a></th>"
    }.joined()
  }

  private static func pages(_ asked: OverviewRequest, hasNext: Bool) -> Markup {
    func button(_ name: String, _ page: Int?) -> Markup {
      guard let page else {
        return "<span class=\"button quiet\" aria-disabled=\"true\">\(name)</span>"
      }
      return "<a class=\"button quiet\" href=\"\(asked.link(page: page))\">\(name)</a>"
    }
    return button("Previous", asked.page > 1 ? asked.page - 1 : nil)
      + button("Next", hasNext ? asked.page + 1 : nil)
  }

  // MARK: - A row

  /// The last 30 days of each.
  private func strips(
    _ apps: [AppID], _ point: PointInHistory, _ trueAt: TrueAt, _ now: Instant
  ) async throws -> [AppID: StripPicture] {
    let start = StripPicture.start(now)
    let versions = try await views.versions(of: apps, from: start, below: trueAt.size, limit: 60)
    let days = try await views.days(
      of: apps, from: start.day + 1, through: now.day, below: point == .now ? nil : trueAt.size)
    return versions.reduce(into: [:]) { strips, found in
      strips[found.key] = StripPicture(
        versions: found.value, days: days[found.key] ?? [:], now: now)
    }
  }

  /// - Parameter now: the moment of the point that the table is of.
  private func line(_ row: ListedConnection, _ strip: Markup, _ now: Instant) -> Markup {
    let state = row.snapshot.state
    let kind: Markup = row.summary.label?.name.map { "\($0) " } ?? ""
    let under: Markup =
      row.summary.label == nil ? "" : "<span class=\"mono\">\(row.appID.description)</span>"
    let name: Markup =
      row.summary.label == nil ? "<span class=\"mono\">\(row.name)</span>" : "\(row.name)"
    let marks = Mark.allCases.filter { row.marks.contains($0) && $0 != .neverChanged }
    let badges: Markup =
      marks.isEmpty
      ? "<td data-label=\"Marks\" class=\"none\"><span class=\"unseen\">none</span></td>"
      : """
      <td data-label="Marks"><span class="badges">\(marks.map { Signs.badge($0) }.joined())\
      </span></td>
      """
    return """
      <tr><th scope="row"><a href="/hindsight/connections/\(row.appID.description)">\(name)</a>\
      <span class="under">\(kind)\(under)</span></th>\
      <td data-label="Scheme">\(Signs.scheme(state?.authScheme))</td>\
      <td data-label="Status">\(Signs.status(state?.status))</td>\
      <td data-label="Last 30 days">\(strip)</td>\
      <td data-label="Last change">\(Self.lastChange(row))</td>\
      <td data-label="Token age">\(Self.age(row, now))</td>\(badges)</tr>

      """
  }

  private static func lastChange(_ row: ListedConnection) -> Markup {
    guard let last = row.summary.last else {
      return """
        <span><span class="faint">never changed</span>\
        <span class="under">since recording began</span></span>
        """
    }
    let by: Markup =
      last.what == "drift"
      ? "from outside" : "\(last.by)\(last.ticket.map { ", \($0)" } ?? "")"
    return "<span>\(Signs.time(last.at))<span class=\"under\">\(by)</span></span>"
  }

  private static func age(_ row: ListedConnection, _ now: Instant) -> Markup {
    guard row.snapshot.state?.authScheme == ConnectionState.Word.token else {
      return row.snapshot.state == nil || row.snapshot.state?.isUnsupported == true
        ? Signs.notObserved : "<span class=\"faint\">no token</span>"
    }
    if !row.snapshot.doubts.isEmpty, !row.snapshot.isCredentialCertain {
      return Signs.unknown("in doubt")
    }
    guard let (since, orBefore) = row.secretSince() else { return Signs.notObserved }
    let days = Double(max(0, now.epochSeconds - since.epochSeconds) / 86_400)
    let limit = Double(ConnectionViews.oldTokenDays)
    let scale = 31.6 / limit
    let over: Markup =
      days > limit
      ? """
      <rect class="u-over" x="31.6" y="3" width="\(min(32, (days - limit) * scale))" height="4"/>
      """ : ""
    return """
      <span class="age-cell"><svg width="64" height="10" viewBox="0 0 64 10" aria-hidden="true">\
      <path class="gm" d="M0 8.5H64"/>\
      <rect class="b-token" x="0" y="3" width="\(max(1.5, min(days, limit) * scale))" height="4"/>\
      \(over)<path class="axis" d="M31.6 0V10"/></svg><span>\(orBefore ? "≥ " : "")\(Int(days)) d\
      </span></span>
      """
  }
}

extension String {
  var trimmedBlanks: String {
    var part = Substring(self)
    while part.first == " " { part.removeFirst() }
    while part.last == " " { part.removeLast() }
    return String(part)
  }
}
