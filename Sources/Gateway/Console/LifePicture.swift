import Connections
import Projections

/// A connection's life: commands as marks, then scheme, status and secret as bands.
struct LifePicture {
  var name: String
  /// The oldest first.
  var versions: [ConnectionVersion]
  /// The oldest first.
  var items: [HistoryItem]
  var now: Instant
  /// When nobody was watching.
  var gaps: [WatchGap] = []
  /// The two points of the difference: where, and what stands on the flag.
  var pointA: Instant?
  var pointB: (at: Instant, flag: String, short: String)

  var markup: Markup {
    let first = versions.first?.recordedAt ?? now
    let wide = Layout(TimeScale(from: first, to: now, left: 86, right: 1354), isWide: true)
    let recent = max(first, now.adding(seconds: -90 * 86_400))
    let narrow = Layout(TimeScale(from: recent, to: now, left: 8, right: 352), isWide: false)
    return """
      <div class="wide" tabindex="0" role="region" aria-label="Life picture, scrolls sideways">\
      \(svg(wide))</div><div class="narrow">\(svg(narrow))</div>
      """
  }

  private func svg(_ layout: Layout) -> Markup {
    """
    <svg viewBox="0 0 \(layout.width) \(layout.height)" role="group" aria-label="Life of \(name) \
    from \(Signs.day(layout.scale.from)) to \(Signs.day(now)); the timeline below says the same in \
    words">\(ground(layout))\(bands(layout))\(LifeMarks(self, layout).markup)\
    \(needles(layout))</svg>
    """
  }

  /// Where the rows lie.
  struct Layout {
    var scale: TimeScale
    var isWide: Bool

    init(_ scale: TimeScale, isWide: Bool) {
      self.scale = scale
      self.isWide = isWide
    }

    var width: Double { isWide ? 1360 : 358 }
    var height: Double { isWide ? 212 : 250 }
    var commands: Double { isWide ? 60 : 58 }
    var scheme: Double { isWide ? 84 : 90 }
    var status: Double { isWide ? 114 : 132 }
    var secret: Double { isWide ? 144 : 174 }
    var watched: Double { isWide ? 181 : 216 }
    var axis: Double { isWide ? 192 : 230 }

    var isRecent: Bool { !isWide }
  }

  private func ground(_ layout: Layout) -> Markup {
    var out = Markup.nothing
    let ticks = layout.scale.ticks
    for tick in ticks {
      let style: Markup = tick.label == nil ? "g" : "gm"
      let end = tick.label == nil ? layout.axis : layout.axis + 5
      out += "<path class=\"\(style)\" d=\"M\(tick.x) 24V\(end)\"/>"
      if let label = tick.label, !label.isEmpty, tick.x < layout.scale.right - 24 {
        out += "<text x=\"\(tick.x + 4)\" y=\"\(layout.axis + 13)\">\(label)</text>"
      }
    }
    let firstLabel = ticks.first { $0.label?.isEmpty == false }?.x ?? .infinity
    if firstLabel - layout.scale.left > 80 {
      out += """
        <text class="tl" x="\(layout.scale.left + 1)" y="\(layout.axis + 13)">\
        \(Signs.day(layout.scale.from))</text>
        """
    }
    out += """
      <path class="axis" d="M\(layout.scale.left) \(layout.axis)H\(layout.scale.right)"/>\
      <path class="gm" d="M\(layout.scale.left) \(layout.commands)H\(layout.scale.right)"/>
      """
    let names = [
      ("Commands", layout.commands + 4), ("Scheme", layout.scheme + 15),
      ("Status", layout.status + 15), ("Secret", layout.secret + 15),
      ("Watched", layout.watched + 4),
    ]
    for (name, y) in names where layout.isWide || name != "Commands" {
      let lift = layout.isWide ? 0.0 : name == "Watched" ? 11 : 20
      out += """
        <text class="rowname" x="\(layout.isWide ? 12.0 : 8.0)" y="\(y - lift)">\(name)</text>
        """
    }
    return out
  }

  // MARK: - Bands

  /// A span during which one thing was so.
  struct Band {
    var style: Markup
    var text: String
    var textStyle: Markup
    /// What it says when it is pointed at.
    var title: String
    var from: Instant
  }

  private func bands(_ layout: Layout) -> Markup {
    draw(runs { Self.scheme($0) }, at: layout.scheme, layout)
      + draw(runs { Self.status($0) }, at: layout.status, layout)
      + draw(runs { Self.secret($0) }, at: layout.secret, layout) + watched(layout)
  }

  /// An unbroken line while somebody watched.
  private func watched(_ layout: Layout) -> Markup {
    var out: Markup = """
      <path class="watch" d="M\(layout.scale.left) \(layout.watched)H\(layout.scale.right)"/>
      """
    for gap in gaps where (gap.to ?? now) > layout.scale.from {
      let start = layout.scale.x(gap.from)
      let width = max(6, layout.scale.x(gap.to ?? now) - start)
      let (top, bottom) = (layout.watched - 5, layout.watched + 5)
      out += """
        <g><rect class="chip" x="\(start)" y="\(top - 1)" width="\(width)" height="12"/>\
        <path class="break" d="M\(start) \(top)V\(bottom)M\(start + width) \(top)V\(bottom)"/>\
        <title>Nobody watched: \(gap.cause.said), \(Signs.second(gap.from)) to \
        \(gap.to.map(Signs.second) ?? "now")</title></g>
        """
    }
    return out
  }

  private func runs(_ band: (ConnectionVersion) -> Band) -> [Band] {
    var runs: [Band] = []
    for version in versions {
      let next = band(version)
      if runs.last?.title != next.title { runs.append(next) }
    }
    return runs
  }

  private static let leastWidth = 3.0

  private func draw(_ runs: [Band], at y: Double, _ layout: Layout) -> Markup {
    var out = Markup.nothing
    var drawnTo = layout.scale.left
    for (position, band) in runs.enumerated() {
      let isLast = position + 1 == runs.count
      let end = isLast ? layout.scale.right : layout.scale.x(runs[position + 1].from)
      guard isLast || runs[position + 1].from > layout.scale.from else { continue }
      let begins = layout.scale.x(band.from)
      // Nothing short may vanish; but where too many are short, they cannot all be shown.
      if drawnTo - begins > 12, end <= drawnTo, !isLast { continue }
      let start = min(max(begins, drawnTo), layout.scale.right - Self.leastWidth)
      // The last one is what it is at the end, and always has its place.
      let room = layout.scale.right - (isLast ? 0 : Self.leastWidth) - start
      guard room > 0 else { continue }
      let width = min(max(end - start, Self.leastWidth), room)
      drawnTo = start + width
      let until = isLast ? "now" : Signs.second(runs[position + 1].from)
      out += """
        <g><rect class="\(band.style)" x="\(start)" y="\(y)" width="\(width)" height="22"/>\
        \(lettering(band, start, width, y))<title>\(band.title), \(Signs.second(band.from)) to \
        \(until)</title></g>
        """
    }
    return out
  }

  private func lettering(_ band: Band, _ x: Double, _ width: Double, _ y: Double) -> Markup {
    let length = Double(band.text.count) * 6.4
    guard !band.text.isEmpty, width > length + 16 else { return .nothing }
    let chip: Markup =
      band.textStyle.html == "t-ink" && band.style.html != "b-disabled"
      ? "<rect class=\"chip\" x=\"\(x + 4)\" y=\"\(y + 4)\" width=\"\(length + 4)\" height=\"14\"/>"
      : ""
    return
      "\(chip)<text class=\"\(band.textStyle)\" x=\"\(x + 7)\" y=\"\(y + 15)\">\(band.text)</text>"
  }

  private static func scheme(_ version: ConnectionVersion) -> Band {
    let word = version.snapshot.state?.authScheme ?? ConnectionState.Word.unknown
    let (style, text): (Markup, Markup) =
      switch word {
      case ConnectionState.Word.token: ("b-token", "t-token")
      case ConnectionState.Word.oauth2: ("b-oauth2", "t-ink")
      default: ("b-unknown", "t-ink")
      }
    return Band(
      style: style, text: word, textStyle: text, title: "Scheme \(word)", from: version.recordedAt)
  }

  private static func status(_ version: ConnectionVersion) -> Band {
    let word = version.snapshot.state?.status ?? ConnectionState.Word.unknown
    return Band(
      style: StripPicture.style(word), text: word,
      textStyle: word == ConnectionState.Word.enabled ? "t-on" : "t-ink", title: "Status \(word)",
      from: version.recordedAt)
  }

  private static func secret(_ version: ConnectionVersion) -> Band {
    let snapshot = version.snapshot
    func band(_ style: Markup, _ text: String, _ textStyle: Markup, _ title: String) -> Band {
      Band(
        style: style, text: text, textStyle: textStyle, title: title, from: version.recordedAt)
    }
    switch snapshot[.token] {
    case .sealed(let fingerprint, let isCertain):
      let short = String(fingerprint.prefix(8))
      if !isCertain, !snapshot.doubts.isEmpty {
        return band("b-doubt", "in doubt", "t-ink", "Token in doubt, \(short) or another")
      }
      return band(
        "b-sealed", isCertain ? short : short + " ?", "t-mono",
        isCertain ? "Token \(short)" : "Token \(short), not certain")
    case .empty:
      let rotation = snapshot.state?.rotationMode
      return band(
        "b-oauth2", rotation ?? "no token", "t-ink",
        rotation.map { "Client key, rotation \($0)" } ?? "No token")
    case .notObserved: return band("b-none", "not recorded", "", "Secret not recorded")
    default: return band("b-unknown", "unknown", "t-ink", "Secret set past Hindsight")
    }
  }

  // MARK: - Needles

  private func needles(_ layout: Layout) -> Markup {
    var out = Markup.nothing
    if let pointA, pointA >= layout.scale.from {
      let x = layout.scale.x(pointA)
      let flag = min(max(x - 8, layout.scale.left), layout.scale.right - 16)
      out += """
        <path class="needle" stroke-dasharray="2 3" d="M\(x) 18V\(layout.axis)"/>\
        <rect class="flag" x="\(flag)" y="4" width="16" height="15"/>\
        <text class="flagtext" x="\(flag + 8)" y="15" text-anchor="middle">A</text>
        """
    }
    guard pointB.at >= layout.scale.from else { return out }
    // A life shorter than its picture ends at the picture's end.
    let x = pointB.at >= now ? layout.scale.right : layout.scale.x(pointB.at)
    let text = layout.isWide ? pointB.flag : pointB.short
    let width = Double(text.count) * 6 + 12
    let flag = max(layout.scale.left, min(x, layout.scale.right) - width)
    out += """
      <path class="needle" d="M\(x) 4V\(layout.axis)"/>\
      <rect class="flag" x="\(flag)" y="4" width="\(width)" height="15"/>\
      <text class="flagtext" x="\(flag + 6)" y="15">\(text)</text>
      """
    return out
  }

  static let legend: Markup = {
    func entry(_ picture: Markup, _ text: String) -> Markup {
      "<span><svg viewBox=\"0 0 20 12\" aria-hidden=\"true\">\(picture)</svg>\(text)</span>"
    }
    func band(_ style: Markup) -> Markup {
      "<rect class=\"\(style)\" x=\"1\" y=\"1\" width=\"18\" height=\"10\"/>"
    }
    let marks: [(Marks.Shape, String)] = [
      (.succeeded, "succeeded"), (.refused, "refused"), (.notSent, "not sent"),
      (.inDoubt, "in doubt"), (.drift, "drift, from outside"),
      (.rolledBack, "rolled back, arrow to its target"),
    ]
    let bands: [(Markup, String)] = [
      ("b-token", "TOKEN"), ("b-oauth2", "OAUTH2"), ("b-enabled", "enabled"),
      ("b-disabled", "disabled"), ("b-none", "not recorded"), ("b-unknown", "unknown"),
    ]
    return "<div class=\"legend\">"
      + marks.map { entry(Marks.shape($0.0, x: 10, y: 6), $0.1) }.joined()
      + bands.map { entry(band($0.0), $0.1) }.joined()
      + entry(
        "<path class=\"watch\" d=\"M0 6H7M13 6h7\"/><path class=\"break\" d=\"M7 1v10M13 1v10\"/>",
        "nobody watched") + "</div>"
  }()
}
