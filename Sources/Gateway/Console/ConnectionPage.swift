import Commands
import Connections
import Hummingbird
import OktaAPI
import Projections

/// One connection: what it is, how it became so, and what it was at any other point.
extension Gateway {
  func connectionPage(
    _ app: AppID, _ request: GatewayRequest, _ visitor: Visitor
  ) async throws -> Response {
    let now = environment.now()
    let (found, present) = try await views.listed(app, now: now)
    let ever = Instant(microseconds: .min)
    let versions = try await views.versions(of: [app], from: ever, limit: 2_000)[app] ?? []
    guard let row = found else {
      if let attempts = try await attempts(on: app, request, visitor) { return attempts }
      throw ConsoleFault(
        status: 404, title: "Nothing is recorded of \(app)",
        what: "No read and no change of this connection came through Hindsight.",
        todo: "Read it once through the gateway, and it appears.")
    }
    let asked = try ConnectionRequest(request, versions, now)
    for (point, name) in [(asked.point, "asOf"), (asked.pointFrom, "A"), (asked.pointTo, "B")] {
      try await mustBeRecorded(point, name)
    }
    let seen = try await seen(row, asked, present)
    let then = asked.known(of: versions)
    var model = frame(
      .overview, visitor, title: row.name, here: request.target, trueAt: present)
    model.merge(heading(row, seen, asked, visitor, now)) { $1 }
    let difference = try await difference(row, asked, then)
    model.merge(difference.model) { $1 }
    let timeline = try await timeline(app, asked, versions)
    model.merge(timeline) { $1 }
    model.merge(try await life(row, versions, asked, from: difference.pointA, now)) { $1 }
    model.merge(try await blameModel(row, asked, now)) { $1 }
    model.merge(secretsModel(row, then, until: asked.moment, now)) { $1 }
    return Pages.response("connection", model)
  }

  /// What was asked of an app of whose connection no state was ever seen, such as one that Okta
  /// does not know.
  ///
  /// - Returns: `nil` where nothing was.
  private func attempts(
    on app: AppID, _ request: GatewayRequest, _ visitor: Visitor
  ) async throws -> Response? {
    let page = try await views.timeline(of: app, limit: 200)
    guard !page.items.isEmpty else { return nil }
    let name = try await views.labels()[app]?.label ?? app.description
    return Pages.response(
      "find",
      frame(.overview, visitor, title: name, here: request.target, trueAt: page.trueAt).merging([
        "headline": "No state of \(name) was ever seen",
        "lead": """
        Okta has shown no connection of this app: it is not known there, or was never read. This \
        was asked of it.
        """,
        "hasItems": true, "items": TimelineLines(items: page.items, versions: []).markup,
        "order": "latest first", "count": Signs.count(page.items.count, "change", "changes"),
      ]) { $1 })
  }

  /// The state that the page is about, and since when it is so.
  struct Seen {
    var snapshot: ConnectionSnapshot
    var version: Int
    var since: Instant
    var marks: Set<Mark>
    /// What kind of knowledge it is, where it is not the present.
    var notice: Markup = .nothing
  }

  private func seen(
    _ row: ListedConnection, _ asked: ConnectionRequest, _ present: TrueAt
  ) async throws -> Seen {
    if asked.point == .now {
      return Seen(
        snapshot: row.snapshot, version: row.version.version, since: row.version.recordedAt,
        marks: row.marks)
    }
    if asked.isSo, case .time(let instant) = asked.point {
      guard let so = try await views.whatWasSo(of: row.appID, at: instant) else {
        throw Self.nothingThen(row.appID)
      }
      return Seen(
        snapshot: so.snapshot, version: so.version, since: so.since, marks: [],
        notice: Self.notice(so, at: instant))
    }
    let (version, trueAt) = try await views.connection(row.appID, at: asked.point)
    guard let version else { throw Self.nothingThen(row.appID) }
    let told = Self.told(asked.point, trueAt)
    return Seen(
      snapshot: version.snapshot, version: version.version, since: version.recordedAt,
      marks: version.snapshot.marks,
      notice: Pages.note(
        "eye", "What was known at \(told).",
        "What became known later is left out; the picture and the timeline are whole."))
  }

  private static func nothingThen(_ app: AppID) -> ConsoleFault {
    ConsoleFault(
      status: 404, title: "Nothing was recorded of \(app) then",
      what: "At that point nothing was recorded of this connection yet.",
      todo: "Choose a later point.", link: "/hindsight/connections/\(app)",
      linkName: "To the connection")
  }

  private static func notice(_ so: WhatWasSo, at instant: Instant) -> Markup {
    let what = "What was so at \(Signs.second(instant)), as it is known today."
    switch so.certainty {
    case .known:
      return Pages.note("eye", what, "Shown by Okta, or set by a command that succeeded.")
    case .changedBetween(let seen, let found):
      return Pages.note(
        "drift", what,
        """
        It changed outside Hindsight at some moment between \(Signs.time(seen)) and \
        \(Signs.time(found)); what is shown is the state before, and may have ended by then.
        """)
    case .learntLater(let at):
      return Pages.note(
        "doubt", what, "It was in doubt then. How the doubt ended was recorded \(Signs.time(at)).")
    case .inDoubt(let command):
      return Pages.note(
        "doubt", what,
        """
        A command was in doubt then, and is until today: \
        <a href="/hindsight/changes/\(command.description)">see it</a>.
        """)
    }
  }

  // MARK: - Heading

  private func heading(
    _ row: ListedConnection, _ seen: Seen, _ asked: ConnectionRequest, _ visitor: Visitor,
    _ now: Instant
  ) -> [String: Any] {
    let state = seen.snapshot.state
    let verb = asked.point == .now ? "is" : "was"
    let path = "/hindsight/connections/\(row.appID)"
    var facts: [Markup] = [Signs.status(state?.status)]
    var scheme = state?.authScheme ?? "scheme unknown"
    if let rotation = state?.rotationMode { scheme += ", key rotation \(rotation)" }
    facts.append("<span>\(scheme)</span>")
    let unchanged =
      asked.point == .now
      ? "unchanged for \(Signs.span(from: seen.since, to: now))"
      : "known so since \(Signs.second(seen.since))"
    facts.append("<span>\(unchanged)</span><span>version \(seen.version)</span>")
    let marks = Mark.allCases.filter { seen.marks.contains($0) }
    facts += marks.map { mark in
      mark == .rolledBack
        ? Signs.badge(
          "back", "back",
          row.summary.rollbacks == 1
            ? "Rolled back once" : "Rolled back \(row.summary.rollbacks) times")
        : Signs.badge(mark)
    }
    var actions: Markup = """
      <a class="button quiet" href="/hindsight/reports?name=changes">\
      \(Signs.icon("down"))All reports</a>
      """
    if let open = row.summary.openRollback {
      actions += """
        <a class="button primary" href="/hindsight/rollbacks/\(open.id.description)">\
        Open rollback</a>
        """
    } else if visitor.may(.operator) {
      actions += "<a class=\"button primary\" href=\"\(path)/rollback\">Roll back…</a>"
    }
    var model: [String: Any] = [
      "headline": "\(row.name) \(verb) \(Self.stateSaying(state))", "appId": row.appID.description,
      "path": path, "state": facts.joined(),
      "actions": actions, "notices": seen.notice, "isSo": asked.isSo,
    ]
    // A section is shown for whatever is there, an empty text included.
    if let kind = row.summary.label?.name { model["kind"] = kind }
    if let asOf = asked.asOf { model["asOf"] = asOf }
    return model
  }

  private static func stateSaying(_ state: ConnectionState?) -> String {
    guard let state else { return "not known" }
    let status =
      switch state.status {
      case ConnectionState.Word.enabled: "enabled"
      case ConnectionState.Word.disabled: "disabled"
      default: "without provisioning"
      }
    return state.isUnsupported ? status : "\(status) with \(state.authScheme)"
  }

  // MARK: - Life and timeline

  private func life(
    _ row: ListedConnection, _ versions: [ConnectionVersion], _ asked: ConnectionRequest,
    from pointA: Instant?, _ now: Instant
  ) async throws -> [String: Any] {
    let items = try await views.timeline(of: row.appID, limit: 2_000)
    let at: Instant
    let flag: String
    switch asked.point {
    case .now: (at, flag) = (now, "B  as of now, index \(items.trueAt.size - 1)")
    case .index(let index):
      at = versions.last { $0.index <= index }?.recordedAt ?? now
      flag = "B  as of index \(index)"
    case .time(let instant): (at, flag) = (instant, "B  as of \(Signs.second(instant))")
    }
    let picture = LifePicture(
      name: row.name, versions: versions, items: items.items.reversed(), now: now,
      gaps: try await views.gaps(size: items.trueAt.size), pointA: pointA,
      pointB: (at, flag, asked.point == .now ? "B  now" : "B"))
    let since = versions.first?.recordedAt ?? now
    let begins: Markup =
      versions.first?.version == 1 ? "Since recording began, " : "The latest part, since "
    return [
      "life": picture.markup, "lifeSince": begins + Signs.time(since),
      "legend": LifePicture.legend, "hasSlider": asked.moments.count > 1,
      "last": asked.moments.count - 1, "position": asked.position,
      "positionText": asked.positionText,
      "moments": asked.moments.joined(separator: " "),
    ]
  }

  private func timeline(
    _ app: AppID, _ asked: ConnectionRequest, _ versions: [ConnectionVersion]
  ) async throws -> [String: Any] {
    let page = try await views.timeline(of: app, from: asked.before, limit: 60)
    let events = page.items.reduce(0) { $0 + $1.indexes.count }
    let lines = TimelineLines(items: page.items, versions: versions)
    let older = page.next.map { "/hindsight/connections/\(app)?before=\($0)" }
    return [
      "timeline": lines.markup,
      "timelineLine": """
      \(Signs.count(events, "event", "events")) as \
      \(Signs.count(page.items.count, "line", "lines")), latest first
      """,
      "hasMore": page.next != nil || asked.before != nil, "newest": asked.before != nil,
      "older": older as Any,
      "moreLine": asked.before.map { "before version \($0)" } ?? "the latest",
    ]
  }
}

/// What a request for a connection's page asks.
struct ConnectionRequest {
  var asOf: String?
  var point: PointInHistory = .now
  /// What was so, by what is known today; otherwise what was known then.
  var isSo = false
  var from: String?
  var to: String?
  var pointFrom: PointInHistory?
  var pointTo: PointInHistory?
  /// The version before which the timeline begins.
  var before: Int?

  var positionText: String {
    guard moments.indices.contains(position), moments[position] != "now" else { return "now" }
    return "index " + moments[position]
  }

  /// The time that is asked about, where it is one.
  var moment: Instant? { if case .time(let instant) = point { instant } else { nil } }

  /// Those that were recorded at the point.
  func known(of versions: [ConnectionVersion]) -> [ConnectionVersion] {
    switch point {
    case .now: versions
    case .index(let index): versions.filter { $0.index <= index }
    case .time(let instant): versions.filter { $0.recordedAt <= instant }
    }
  }

  /// What the slider can be set to, the last one is now.
  var moments: [String]
  var position: Int

  init(_ request: GatewayRequest, _ versions: [ConnectionVersion], _ now: Instant) throws {
    func text(_ name: String) -> String? {
      OktaRoute.parameters(name, in: request.query).first.flatMap { $0.isEmpty ? nil : $0 }
    }
    let shown = versions.suffix(400)
    moments = shown.dropLast().map { String($0.index) } + ["now"]
    asOf = text("asOf")
    // Without a script the slider is sent as its number; it counts when it was moved.
    if let moment = text("moment").flatMap({ Int($0) }), text("at").flatMap({ Int($0) }) != moment,
      moments.indices.contains(moment)
    {
      asOf = moments[moment]
    }
    if asOf?.lowercased() == "now" { asOf = nil }
    point = try Gateway.point(asOf, "asOf", now: now)
    position = moments.count - 1
    switch point {
    case .now: break
    case .index(let index):
      position = max(0, shown.filter { $0.index <= index }.count - 1)
    case .time(let instant):
      position = max(0, shown.filter { $0.recordedAt <= instant }.count - 1)
    }
    if let knew = text("knew"), knew != "then", knew != "so" {
      throw Gateway.InputFault(
        detail: "knew must be then or so: \(knew.prefix(60)). Nothing was done.")
    }
    isSo = text("knew") == "so"
    // What was so is asked by a time; the slider stands on events, each of which has one.
    if isSo, case .index(let index) = point {
      guard let recordedAt = versions.last(where: { $0.index <= index })?.recordedAt else {
        throw Gateway.InputFault(
          detail: "Nothing was known yet at index \(index). Choose a later point; nothing was done."
        )
      }
      point = .time(recordedAt)
      asOf = recordedAt.description
    }
    (from, to) = (text("from"), text("to"))
    pointFrom = try from.map { try Gateway.point($0, "from", now: now) }
    pointTo = try to.map { try Gateway.point($0, "to", now: now) }
    before = text("before").flatMap { Int($0) }.flatMap { $0 > 0 ? $0 : nil }
  }
}
