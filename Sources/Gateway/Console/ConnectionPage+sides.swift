import Connections
import Projections

/// What stands beside the timeline: blame, secrets, difference.
extension Gateway {
  func blameModel(
    _ row: ListedConnection, _ asked: ConnectionRequest, _ now: Instant
  ) async throws -> [String: Any] {
    let (lines, trueAt) = try await views.blame(of: row.appID, at: asked.point)
    let latestFirst = lines.sorted { $0.event.index > $1.event.index }
    let age = latestFirst.map(\.event.index)
    let order = Array(Set(age)).sorted(by: >)
    var out = Markup.nothing
    for line in latestFirst {
      let rank = order.firstIndex(of: line.event.index) ?? 0
      let shade: Markup = rank == 0 ? "" : rank == 1 ? "a2" : rank == 2 ? "a3" : "a4"
      out += Self.blame(line, shade)
    }
    return [
      "blame": out,
      "blameLine": asked.point == .now
        ? "who set what is so now"
        : "who had set what was known at \(Self.told(asked.point, trueAt))",
    ]
  }

  private static func blame(_ line: Blame, _ shade: Markup) -> Markup {
    let event = line.event
    let value: Markup =
      line.field.isMono
      ? "<span class=\"mono\">\(Signs.value(line.value))</span>" : Signs.value(line.value)
    let link: Markup =
      event.context.commandID.map { id in
        "<a href=\"/hindsight/changes/\(id.description)\">\(event.index)</a>"
      } ?? "<a href=\"#e\(event.index)\">\(event.index)</a>"
    return """
      <tr><td><span class="hand \(shade)"></span></td><th scope="row">\(line.field.word)\
      <span class="value">\(value)</span></th><td>\(line.who)<span class="under">\
      \(line.why(isShort: true).joined(separator: ", "))</span></td>\
      <td class="num">\(link)<span class="under">\
      <time datetime="\(event.recordedAt.description)">\(Signs.day(event.recordedAt))</time></span>\
      </td></tr>

      """
  }

  // MARK: - Secrets

  private static let secretsShown = 20

  /// - Parameter moment: of a past point; absent is now.
  func secretsModel(
    _ row: ListedConnection, _ versions: [ConnectionVersion], until moment: Instant?, _ now: Instant
  ) -> [String: Any] {
    var runs: [(value: FieldValue, from: Instant)] = []
    for version in versions {
      let value = version.snapshot[.token]
      // Whether it is certain comes and goes while it is in force.
      if let last = runs.last, last.value.isSame(as: value) {
        runs[runs.count - 1].value = value
      } else {
        runs.append((value, version.recordedAt))
      }
    }
    var out = Markup.nothing
    var before: Set<FieldValue> = []
    var lines: [Markup] = []
    for (position, run) in runs.enumerated() {
      let isLast = position + 1 == runs.count
      let end = isLast ? moment ?? now : runs[position + 1].from
      let span: Markup =
        isLast
        ? "\(Signs.day(run.from)) to \(moment == nil ? "now" : "then")" : Self.span(run.from, end)
      let under: Markup =
        run.value == .empty
        ? "<span class=\"under\">no token in this scheme</span>"
        : before.contains(run.value) ? "<span class=\"under\">back again</span>" : ""
      if case .sealed = run.value { before.insert(run.value) }
      let shown: Markup =
        run.value == .empty ? "<span class=\"faint\">no token</span>" : Signs.value(run.value)
      lines.append(
        """
        <tr><th scope="row">\(shown)\(under)</th>\
        <td>\(span)</td><td class="num">\
        \(Int((end.epochSeconds - run.from.epochSeconds) / 86_400))</td></tr>

        """)
    }
    for line in lines.reversed().prefix(Self.secretsShown) { out += line }
    var model: [String: Any] = ["secrets": out]
    if lines.count > Self.secretsShown {
      model["moreSecrets"] = """
        The latest \(Self.secretsShown) of \(lines.count). <code>hindsight secrets list --app \
        \(row.appID.description)</code> has all; the timeline tells when each was set.
        """ as Markup
    }
    if row.marks.contains(.sharedToken), let fingerprint = row.snapshot.fingerprint {
      model["sharing"] = """
        <p class="note after">\(Signs.badge(Mark.sharedToken)): another connection has the same \
        token. <a href="/hindsight/?fingerprint=\(fingerprint)#connections">Which ones</a></p>
        """ as Markup
    }
    return model
  }

  /// To the minute where the days say nothing.
  private static func span(_ from: Instant, _ end: Instant) -> Markup {
    from.day == end.day
      ? "\(Signs.time(from)) to \(Signs.time(end))" : "\(Signs.day(from)) to \(Signs.day(end))"
  }

  // MARK: - Difference

  /// - Returns: what the page shows, and where A lies in the picture.
  func difference(
    _ row: ListedConnection, _ asked: ConnectionRequest, _ versions: [ConnectionVersion]
  ) async throws -> (model: [String: Any], pointA: Instant?) {
    // Unasked it shows what the last change did, of those that are known at the point.
    var (last, at) = (row.version.index, row.version.recordedAt)
    if asked.point == .now {
      if let change = row.summary.last { (last, at) = (change.index, change.at) }
    } else if let version = versions.last {
      (last, at) = (version.index, version.recordedAt)
    }
    // An update and its activate are one change to whoever made them.
    let before =
      (versions.last {
        $0.index < last && at.microseconds - $0.recordedAt.microseconds > 120_000_000
      } ?? versions.last { $0.index < last })?.index
    let from = asked.pointFrom ?? .index(before ?? last)
    let to = asked.pointTo ?? asked.point
    if let from = asked.pointFrom, let to = asked.pointTo, try await isInverted(from, to) {
      throw InputFault(
        detail: """
          A is after B: \(asked.from ?? "") and \(asked.to ?? ""). Exchange them; nothing was done.
          """)
    }
    let (found, first, second) = try await views.difference(of: row.appID, from: from, to: to)
    guard let found = found.first else {
      return (["differenceLine": "Nothing was recorded at either point."], nil)
    }
    let rows = (found.moved + found.fields.filter { !$0.hasMoved }).map(Self.row).joined()
    let moved = found.moved.count
    let text =
      moved == 0
      ? "No field differs"
      : moved == 1
        ? "One field differs"
        : """
        \(Signs.spelled(moved)) fields differ
        """
    let pointA: Instant? =
      switch from {
      case .index: versions.last { $0.index < first.size }?.recordedAt
      case .time(let instant): instant
      case .now: nil
      }
    return (
      [
        "difference": rows, "from": Self.written(asked.from, from),
        "to": Self.written(asked.to, to),
        "differenceLine": """
        \(text) between index \(max(0, first.size - 1)) and index \(max(0, second.size - 1)).
        """,
      ], pointA
    )
  }

  private static func written(_ text: String?, _ point: PointInHistory) -> String {
    if let text { return text }
    return switch point {
    case .now: "now"
    case .index(let index): String(index)
    case .time(let instant): instant.description
    }
  }

  static func row(_ field: ConnectionDifference.Field) -> Markup {
    let mono: Markup = field.field.isMono ? " mono" : ""
    guard field.hasMoved else {
      return """
        <tr><th scope="row">\(field.field.word)</th>\
        <td class="same\(mono)">\(Signs.value(field.was))</td></tr>

        """
    }
    return """
      <tr class="moved"><th scope="row">\(field.field.word)</th><td>\
      <span class="was\(mono)"><span class="unseen">was </span>\(Signs.value(field.was))</span>\
      <span class="is\(mono)"><span class="unseen">is </span>\(Signs.value(field.isNow))</span>\
      </td></tr>

      """
  }
}
