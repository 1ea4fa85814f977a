import Commands
import Connections
import Hummingbird
import OktaAPI
import Projections

/// All connections: what needs a person first, then the picture of the days, then the table.
extension Gateway {
  func overview(_ request: GatewayRequest, _ visitor: Visitor) async throws -> Response {
    let asked = try OverviewRequest(request)
    let now = environment.now()
    let point = try await point(asked.asOf, "asOf")
    let (rows, total, trueAt) = try await views.list(asked.query, at: point, now: now)
    if total == 0, point == .now { return await blank(visitor, trueAt, request) }
    var model = frame(
      .overview, visitor, title: "Overview", here: request.target, trueAt: trueAt)
    if point == .now {
      let all = asked.isFiltered ? try await views.listed(at: .now, now: now).rows : rows
      model.merge(try await standing(all, visitor, now)) { $1 }
    } else {
      model["headline"] = "The connections as they were known at \(Self.told(point, trueAt))"
      model["lead"] = """
        What was known then, marks and ages as they were, not what is known today.
        """
    }
    let moment = point == .now ? now : trueAt.time ?? now
    model.merge(try await table(rows, total: total, asked, point: point, trueAt, moment)) { $1 }
    return Pages.response("overview", model)
  }

  static func told(_ point: PointInHistory, _ trueAt: TrueAt) -> String {
    switch point {
    case .now: "now"
    case .index: "index \(max(0, trueAt.size - 1))"
    case .time(let instant): Signs.second(instant)
    }
  }

  private func blank(
    _ visitor: Visitor, _ trueAt: TrueAt, _ request: GatewayRequest
  ) async -> Response {
    let origin = publicOrigin ?? request.authority.map { "http://" + $0 } ?? ""
    return Pages.response(
      "blank",
      frame(.overview, visitor, title: "Overview", here: "/hindsight/", trueAt: trueAt).merging([
        "origin": origin, "role": visitor.role?.rawValue ?? "",
        "credentialName": isRelay ? "$OKTA_API_TOKEN" : "$HINDSIGHT_TOKEN",
      ]) { $1 })
  }

  var isRelay: Bool {
    if case .relay = doorkeeper.authentication { true } else { false }
  }

  // MARK: - What stands

  private func standing(
    _ rows: [ListedConnection], _ visitor: Visitor, _ now: Instant
  ) async throws -> [String: Any] {
    let waiting = rows.filter(\.waits).sorted { $0.urgency < $1.urgency }
    let shown = waiting.prefix(8)
    // Where the journal does not tell them, the rows of the connections still stand.
    let tours = ((try? await commands.openTours()) ?? []).filter { !$0.isCarriedOn }
    let broken = brokenJournal(now)
    var attention = [broken?.line].compactMap(\.self)
    attention += tours.map { Self.attention($0, visitor, now) }
    for row in shown { attention.append(try await self.attention(row, visitor, now)) }
    let days = try await views.days(from: now.day - 89, through: now.day)
    let doubts = rows.reduce(0) { $0 + $1.snapshot.doubts.count }
    let picture = ActivityPicture(days: days, today: now.day, openDoubts: doubts)
    var model: [String: Any] = [
      "stands": true, "attention": attention, "today": Signs.day(now),
      "headline": broken?.headline ?? Self.headline(waiting.count, tours.count),
      "lead": broken?.lead ?? Self.lead(waiting.count, of: rows.count),
      "activity": picture.markup,
      "readouts": readouts(rows, days, now) + [try await unwatched(now)],
      "scale": picture.usesBars
        ? "Too many for a square each: a bar is a day." : "Each square is one command.",
    ]
    if waiting.count > shown.count {
      model["moreAttention"] = "\(waiting.count - shown.count) more; filter by mark to see them."
    }
    return model
  }

  /// What the last check of the journal found, where that is not nothing: it goes before all else.
  private func brokenJournal(
    _ now: Instant
  ) -> (headline: String, lead: String, line: [String: Any])? {
    guard case .ended(let result, let at, _) = verifications?.state, !result.findings.isEmpty else {
      return nil
    }
    let count = result.findings.count
    let found =
      count == 1
      ? "one thing is not as it was recorded" : "\(count) things are not as they were recorded"
    let line: [String: Any] = [
      "link": "/hindsight/log", "name": "The journal",
      "since": "found " + Signs.span(from: at, to: now) + " ago",
      "badge": Signs.badge("compromised", "compromised", "Not whole"),
      "sentence": ": \(found)." as Markup,
      "action": Self.action("/hindsight/log", "See what", isFirst: true),
    ]
    return (
      "The journal is not whole",
      "Until that is looked into, nothing that is shown here is certain.", line
    )
  }

  private static func headline(_ waiting: Int, _ tours: Int) -> String {
    switch (waiting, tours) {
    case (0, 0): "Nothing waits for a person"
    case (1, 0): "One connection waits for a person"
    case (_, 0): "\(Signs.spelled(waiting)) connections wait for a person"
    case (0, 1): "A rollback of several connections waits for a person"
    default: "\(Signs.spelled(waiting + tours)) things wait for a person"
    }
  }

  private static func attention(
    _ tour: OpenTour, _ visitor: Visitor, _ now: Instant
  ) -> [String: Any] {
    let path = "/hindsight/rollbacks/\(tour.id)"
    return [
      "link": path, "name": Signs.count(tour.start.connections, "connection", "connections"),
      "since": "for " + Signs.span(from: tour.startedAt, to: now),
      "badge": Signs.badge(Mark.rollbackOpen),
      "sentence": ": a rollback of them stopped before each was where it should be." as Markup,
      "action": rollbackAction(path, visitor),
    ]
  }

  private static func rollbackAction(_ path: String, _ visitor: Visitor) -> Markup {
    visitor.may(.operator)
      ? action(path, "Go on", isFirst: true) : action(path, "See it", isFirst: false)
  }

  private static func lead(_ waiting: Int, of all: Int) -> String {
    switch (waiting, all - waiting) {
    case (0, 1): "The one connection is as it was last recorded."
    case (0, let others): "All \(others) connections are as they were last recorded."
    case (_, 0): "There is no other."
    case (_, 1): "The other one is as it was last recorded."
    case (_, let others):
      "The other \(Signs.spelled(others).lowercased()) are as they were last recorded."
    }
  }

  private func attention(
    _ row: ListedConnection, _ visitor: Visitor, _ now: Instant
  ) async throws -> [String: Any] {
    let path = "/hindsight/connections/\(row.appID)"
    let since = row.urgency.since
    var line: [String: Any] = [
      "link": path, "name": row.name, "since": "for " + Signs.span(from: since, to: now),
    ]
    if row.marks.contains(.inDoubt) {
      line["badge"] = Signs.badge(Mark.inDoubt)
      if let doubt = try await views.doubts(of: row.appID).min(by: { $0.since < $1.since }) {
        let change = "/hindsight/changes/\(doubt.commandID)"
        line["sentence"] = doubt.sentence
        line["action"] = Self.action(
          change + (visitor.may(.operator) ? "#ruling" : ""),
          visitor.may(.operator) ? "Rule on it" : "See it", isFirst: visitor.may(.operator))
      }
    } else if row.marks.contains(.awaitingConsent) {
      line["badge"] = Signs.badge(Mark.awaitingConsent)
      line["sentence"] =
        ": Okta took its scheme, and it stays disabled until a person consents in a browser."
        as Markup
      line["action"] = Self.action(
        row.summary.openRollback.map { "/hindsight/rollbacks/\($0.id)" } ?? path, "See it",
        isFirst: false)
    } else if let open = row.summary.openRollback {
      line["badge"] = Signs.badge(Mark.rollbackOpen)
      line["sentence"] =
        ": its rollback has not ended. It is gone on with, or given up, by a person." as Markup
      line["action"] = Self.rollbackAction("/hindsight/rollbacks/\(open.id)", visitor)
    } else if row.marks.contains(.drift) {
      line["badge"] = Signs.badge(Mark.drift)
      let moved = try await moved(row)
      line["sentence"] = """
        : \(moved) outside Hindsight, seen \(Signs.time(since)). Okta's own log may tell who did it.
        """ as Markup
      let index = row.summary.last?.index ?? 0
      line["action"] = Self.action(
        "\(path)?from=\(index - 1)&to=\(index)#difference", "Compare", isFirst: false)
    } else {
      line["badge"] = Signs.badge(Mark.compromised)
      line["sentence"] =
        ": its token is marked compromised and still in force. Set another one." as Markup
      line["action"] = Self.action(path, "See it", isFirst: false)
    }
    return line
  }

  private static func action(_ link: String, _ text: String, isFirst: Bool) -> Markup {
    "<a class=\"button \(isFirst ? "primary" : "quiet")\" href=\"\(link)\">\(text)</a>"
  }

  private func moved(_ row: ListedConnection) async throws -> Markup {
    guard let index = row.summary.last?.index else { return "it changed" }
    let found = try await views.difference(
      of: row.appID, from: .index(index - 1), to: .index(index)
    ).found.first
    let moved = (found?.moved ?? []).filter { $0.field != .token }
    guard !moved.isEmpty else { return "it changed" }
    let names = moved.map { field -> Markup in
      "\(field.field.word.lowercased()) became \(Signs.value(field.isNow))"
    }
    return names.joined(", ")
  }

  // MARK: - Figures

  private func readouts(
    _ rows: [ListedConnection], _ days: [Int: DayCounts], _ now: Instant
  ) -> [[String: Any]] {
    func count(_ status: String) -> Int {
      rows.filter { $0.snapshot.state?.status == status }.count
    }
    let enabled = count(ConnectionState.Word.enabled)
    let disabled = count(ConnectionState.Word.disabled)
    var month = DayCounts()
    for (day, counts) in days where day > now.day - 30 { month += counts }
    let ends = month.kinds.dropFirst().filter { $0.1 > 0 }.map { "\($0.1) \($0.0.word)" }
    let unknown = rows.count - enabled - disabled
    return [
      [
        "name": "Connections", "figure": rows.count,
        "note": "\(enabled) enabled, \(disabled) disabled"
          + (unknown > 0 ? ", \(unknown) unknown" : ""),
      ],
      [
        "name": "Commands, 30 days", "figure": month.commands,
        "note": ends.isEmpty && month.commands > 0 ? "all succeeded" : ends.joined(separator: ", "),
      ],
      oldestToken(rows, now),
    ]
  }

  /// For how long of the last 30 days nobody watched.
  private func unwatched(_ now: Instant) async throws -> [String: Any] {
    let start = now.adding(seconds: -30 * 86_400)
    let gaps = try await views.gaps(from: start, size: .max)
    let seconds = gaps.reduce(Int64(0)) { sum, gap in
      sum + max(0, ((gap.to ?? now).microseconds - max(gap.from, start).microseconds) / 1_000_000)
    }
    let span = Signs.span(seconds).split(separator: " ", maxSplits: 1)
    let last = gaps.last.map { "last \(Signs.day($0.from))" } ?? ""
    let note: Markup =
      gaps.isEmpty
      ? "watched without a gap"
      : "<a href=\"/hindsight/log#coverage\">\(Signs.count(gaps.count, "gap", "gaps")), \(last)</a>"
    var readout: [String: Any] = ["name": "Nobody watched, 30 days", "note": note]
    readout["figure"] = gaps.isEmpty ? "none" : String(span[0])
    if !gaps.isEmpty, span.count == 2 { readout["unit"] = String(span[1]) }
    return readout
  }

  private func oldestToken(_ rows: [ListedConnection], _ now: Instant) -> [String: Any] {
    let oldest = rows.compactMap { row in row.secretSince().map { (row, $0) } }
      .min { $0.1.since < $1.1.since }
    guard let (row, (since, orBefore)) = oldest else {
      return ["name": "Oldest token", "figure": "none", "note": "no connection has a token"]
    }
    let days = (now.epochSeconds - since.epochSeconds) / 86_400
    let link: Markup = "<a href=\"/hindsight/connections/\(row.appID.description)\">\(row.name)</a>"
    return [
      "name": "Oldest token", "figure": days, "unit": orBefore ? "d or more" : "d",
      "note": "\(link)\(orBefore ? ", and may be older" : "")" as Markup,
    ]
  }
}

extension ListedConnection {
  /// A person has to do something.
  var waits: Bool {
    marks.contains(.inDoubt) || marks.contains(.awaitingConsent) || marks.contains(.drift)
      || marks.contains(.compromised) || marks.contains(.rollbackOpen)
  }

  /// Doubts, then consents, rollbacks that have not ended, drift, then what is compromised; the
  /// oldest of each first.
  var urgency: Urgency {
    if marks.contains(.inDoubt) {
      return Urgency(rank: 0, since: summary.doubtSince ?? version.recordedAt)
    }
    if let since = summary.awaitingSince { return Urgency(rank: 1, since: since) }
    if let open = summary.openRollback { return Urgency(rank: 2, since: open.since) }
    if let since = summary.driftAt { return Urgency(rank: 3, since: since) }
    return Urgency(rank: 4, since: summary.setAt ?? version.recordedAt)
  }

  struct Urgency: Comparable {
    var rank: Int
    var since: Instant

    static func < (left: Self, right: Self) -> Bool {
      (left.rank, left.since) < (right.rank, right.since)
    }
  }
}

extension OpenDoubt {
  var sentence: Markup {
    let why = call.detail.map { " (\($0))" } ?? ""
    let what: Markup =
      ": Okta gave no telling answer to the \(command.rawValue) of \(Signs.time(since))\(why). "
    if tellingFields.isEmpty {
      let unread: Markup =
        command == .update
        ? "Whether it took the new secret cannot be read back."
        : "Whether it happened cannot be read back."
      return what + unread
    }
    return what + "A read of the connection will tell."
  }
}

extension Markup {
  static func + (left: Markup, right: Markup) -> Markup { "\(left)\(right)" }
}
