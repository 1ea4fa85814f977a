import Connections
import Projections

/// Commands a day: each square is one command, and above twelve on a day a bar stands in their
/// place, with the same order from the line up.
struct ActivityPicture {
  var days: [Int: DayCounts]
  /// The last day shown.
  var today: Int
  /// Doubts that are open still.
  var openDoubts: Int

  private static let most = 12

  var usesBars: Bool { days.values.contains { $0.commands > Self.most } }

  var markup: Markup {
    """
    <figure class="picture"><div class="wide plain">\(svg(days: 90, width: 1360, left: 34))</div>\
    <div class="narrow plain">\(svg(days: 30, width: 358, left: 24))</div>
    <figcaption>\(legend(days: 90, "only-wide"))\(legend(days: 30, "only-narrow"))</figcaption>\
    </figure>
    """
  }

  private func sum(_ count: Int) -> DayCounts {
    var sum = DayCounts()
    for day in (today - count + 1)...today { sum += days[day] ?? DayCounts() }
    return sum
  }

  private func svg(days count: Int, width: Double, left: Double) -> Markup {
    let frame = Frame(
      first: today - count + 1, last: today, left: left, width: width - left - 4,
      most: max(6, (self.days.filter { $0.key > today - count }.values.map(\.commands).max() ?? 0)),
      usesBars: usesBars)
    var out: Markup = """
      <svg viewBox="0 0 \(width) \(frame.height + 48)" role="img" aria-label="Commands a day over \
      \(count) days: \(sum(count).sentence)">
      """
    for day in frame.first...frame.last { out += ground(day, frame) }
    for line in frame.lines {
      out += """
        <path class="gm" d="M\(left) \(frame.y(line))H\(width - 4)"/>\
        <text x="\(left - 6)" y="\(frame.y(line) + 4)" text-anchor="end">\(line)</text>
        """
    }
    out += "<path class=\"axis\" d=\"M\(left) \(frame.floor + 0.5)H\(width - 4)\"/>"
    for day in frame.first...frame.last {
      guard let counts = days[day], !counts.isEmpty else { continue }
      out +=
        "<g>\(stack(counts, day, frame))<title>\(Signs.day(day)): \(counts.sentence)</title></g>"
    }
    out += "<text x=\"\(left - 6)\" y=\"\(frame.floor + 3)\" text-anchor=\"end\">0</text></svg>"
    return out
  }

  /// Weekends and months.
  private func ground(_ day: Int, _ frame: Frame) -> Markup {
    var out = Markup.nothing
    // 1970-01-01 was a Thursday.
    if [2, 3].contains((day % 7 + 7) % 7) {
      out += """
        <rect class="weekend" x="\(frame.x(day))" y="10" width="\(frame.step)" \
        height="\(frame.height)"/>
        """
    }
    let text = Signs.day(day)
    if text.hasSuffix("-01") {
      let name = text == Signs.day(frame.first) ? "" : Self.month(text)
      out += """
        <path class="gm" d="M\(frame.x(day)) 10V\(frame.floor + 22)"/>\
        <text x="\(frame.x(day) + 4)" y="\(frame.floor + 33)">\(name)</text>
        """
    }
    return out
  }

  static func month(_ day: String) -> String {
    let names = [
      "January", "February", "March", "April", "May", "June", "July", "August", "September",
      "October", "November", "December",
    ]
    let number = Int(day.dropFirst(5).prefix(2)) ?? 1
    return names.indices.contains(number - 1) ? names[number - 1] : ""
  }

  private func stack(_ counts: DayCounts, _ day: Int, _ frame: Frame) -> Markup {
    var out = Markup.nothing
    let center = frame.x(day) + frame.step / 2
    if counts.drift > 0 {
      let top = frame.floor + 7
      out += """
        <path class="m-drift" d="M\(center) \(top)L\(center + 4.6) \(top + 8)H\(center - 4.6)Z"/>
        """
    }
    var height = 0
    for (kind, count) in counts.kinds where count > 0 {
      if usesBars {
        out += bar(kind, center, from: height, to: height + count, frame)
      } else {
        for place in height..<height + count { out += square(kind, center, at: place, frame) }
      }
      height += count
    }
    return out
  }

  private func bar(
    _ kind: DayCounts.Kind, _ center: Double, from: Int, to: Int, _ frame: Frame
  ) -> Markup {
    let size = frame.square
    let top = min(frame.y(to), frame.y(from) - 1.5)
    return """
      <rect class="\(kind.style)" x="\(center - size / 2)" y="\(top)" width="\(size)" \
      height="\(frame.y(from) - top - 0.5)"/>
      """
  }

  private func square(
    _ kind: DayCounts.Kind, _ center: Double, at place: Int, _ frame: Frame
  ) -> Markup {
    let size = frame.square
    let (x, y) = (center - size / 2, frame.y(place + 1) + (frame.unit - size) / 2)
    switch kind {
    case .inDoubt:
      let half = size / 2
      return """
        <path class="u-doubt" d="M\(center) \(y)l\(half) \(half)l\(-half) \(half)l\(-half) \
        \(-half)Z"/>
        """
    case .refused:
      return """
        <rect class="u-refused" x="\(x)" y="\(y)" width="\(size)" height="\(size)"/>\
        <path class="u-cross" d="M\(x + 2) \(y + 2)l\(size - 4) \(size - 4)m0 \(4 - size)l\
        \(4 - size) \(size - 4)"/>
        """
    case .notSent:
      return """
        <rect class="u-notsent" x="\(x + 0.6)" y="\(y + 0.6)" width="\(size - 1.2)" \
        height="\(size - 1.2)"/>
        """
    case .succeeded:
      return "<rect class=\"u-done\" x=\"\(x)\" y=\"\(y)\" width=\"\(size)\" height=\"\(size)\"/>"
    }
  }

  private func legend(days count: Int, _ style: Markup) -> Markup {
    let sum = sum(count)
    func entry(_ picture: Markup, _ text: String) -> Markup {
      "<span><svg viewBox=\"0 0 20 12\" aria-hidden=\"true\">\(picture)</svg>\(text)</span>"
    }
    var entries: [Markup] = []
    for (kind, number) in sum.kinds where number > 0 || kind == .succeeded {
      var text = "\(number) \(kind.word)"
      if kind == .inDoubt { text += openDoubts == 0 ? ", none open" : ", \(openDoubts) still open" }
      entries.append(entry(kind.sample, text))
    }
    if sum.drift > 0 {
      entries.append(
        entry(
          "<path class=\"m-drift\" d=\"M10 2L14.6 10H5.4Z\"/>",
          "\(sum.drift) drift, seen from outside, below the line"))
    }
    return "<div class=\"legend \(style)\">\(entries.joined())</div>"
  }

  /// Where a day and a count lie.
  private struct Frame {
    var first: Int
    var last: Int
    var left: Double
    var width: Double
    var most: Int
    var usesBars: Bool

    var step: Double { width / Double(last - first + 1) }
    var square: Double { min(9.5, step - 3) }
    /// One command's height.
    var unit: Double { usesBars ? 132 / Double(most) : square + 1.5 }
    var height: Double { Double(most) * unit + 10 }
    var floor: Double { height + 10 }
    var lines: [Int] {
      let steps = [5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 50_000]
      let step = steps.first { most / $0 <= 3 } ?? 100_000
      return stride(from: step, through: most, by: step).map { $0 }
    }

    func x(_ day: Int) -> Double { left + Double(day - first) * step }
    func y(_ count: Int) -> Double { floor - Double(count) * unit }
  }
}

extension DayCounts {
  enum Kind {
    case succeeded, notSent, refused, inDoubt

    var word: String {
      switch self {
      case .succeeded: "succeeded"
      case .notSent: "not sent"
      case .refused: "refused"
      case .inDoubt: "in doubt"
      }
    }

    var style: Markup {
      switch self {
      case .succeeded: "u-done"
      case .notSent: "u-notsent"
      case .refused: "u-refused"
      case .inDoubt: "u-doubt"
      }
    }

    var sample: Markup {
      switch self {
      case .succeeded: "<rect class=\"u-done\" x=\"5\" y=\"1\" width=\"10\" height=\"10\"/>"
      case .notSent:
        "<rect class=\"u-notsent\" x=\"5.6\" y=\"1.6\" width=\"8.8\" height=\"8.8\"/>"
      case .refused:
        """
        <rect class="u-refused" x="5" y="1" width="10" height="10"/>\
        <path class="u-cross" d="M7.5 3.5l5 5m0-5l-5 5"/>
        """
      case .inDoubt: "<path class=\"u-doubt\" d=\"M10 1l5 5-5 5-5-5z\"/>"
      }
    }
  }

  /// From the line up.
  var kinds: [(Kind, Int)] {
    [(.succeeded, succeeded), (.notSent, notSent), (.refused, refused), (.inDoubt, inDoubt)]
  }

  var sentence: String {
    var parts = kinds.filter { $0.1 > 0 }.map { "\($0.1) \($0.0.word)" }
    if drift > 0 { parts.append("\(drift) drift") }
    if rolledBack > 0 { parts.append("\(rolledBack) rolled back") }
    return parts.isEmpty ? "no command" : parts.joined(separator: ", ")
  }
}
