import Connections
import Projections

/// The last 30 days of a connection in a table's row: its status as a band, and a mark for each day
/// on which something was done to it.
struct StripPicture {
  var versions: [ConnectionVersion]
  var days: [Int: DayCounts]
  var now: Instant

  static let days = 30
  private static let left = 5.0
  private static let width = 230.0

  static func start(_ now: Instant) -> Instant { now.adding(seconds: Int64(-days) * 86_400) }

  var markup: Markup {
    """
    <svg class="strip" viewBox="0 0 240 20" role="img" aria-label="Last 30 days: \(sentence)">\
    \(bands)\(marks)</svg>
    """
  }

  private var sentence: String {
    var sum = DayCounts()
    for counts in days.values { sum += counts }
    return "\(sum.sentence); now \(versions.last?.snapshot.state?.status ?? "unknown")"
  }

  private func x(_ instant: Instant) -> Double {
    let start = Self.start(now)
    let share =
      Double(instant.microseconds - start.microseconds)
      / Double(now.microseconds - start.microseconds)
    return Self.left + min(1, max(0, share)) * Self.width
  }

  private var bands: Markup {
    var out = Markup.nothing
    var runs: [(status: String?, from: Instant)] = []
    for version in versions {
      let status = version.snapshot.state?.status
      if runs.last.map({ $0.status != status }) ?? true {
        runs.append((status, version.recordedAt))
      }
    }
    for (position, run) in runs.enumerated() {
      let end = position + 1 < runs.count ? x(runs[position + 1].from) : Self.left + Self.width
      let start = x(run.from)
      guard end > start || position + 1 == runs.count else { continue }
      // Nothing short may vanish, unless it would cover what came after it.
      out += """
        <rect class="\(Self.style(run.status))" x="\(start)" y="13" \
        width="\(max(2, end - start))" height="5"/>
        """
    }
    return out
  }

  static func style(_ status: String?) -> Markup {
    switch status {
    case ConnectionState.Word.enabled?: "b-enabled"
    case ConnectionState.Word.disabled?: "b-disabled"
    default: "b-unknown"
    }
  }

  private var marks: Markup {
    let day = Self.width / Double(Self.days)
    var out = Markup.nothing
    for (number, counts) in days.sorted(by: { $0.key < $1.key }) {
      let noon = Instant(microseconds: (Int64(number) * 86_400 + 43_200) * 1_000_000)
      let center = min(x(noon), Self.left + Self.width)
      var shapes: [Marks.Shape] = []
      if counts.rolledBack > 0 { shapes.append(.rolledBack) }
      if counts.inDoubt > 0 { shapes.append(.inDoubt) }
      if counts.refused > 0 { shapes.append(.refused) }
      if counts.notSent > 0 { shapes.append(.notSent) }
      if counts.succeeded > 0, counts.rolledBack == 0 { shapes.append(.succeeded) }
      if counts.drift > 0 { shapes.append(.drift) }
      let step = min(4, day / Double(max(1, shapes.count)))
      for (place, shape) in shapes.reversed().enumerated() {
        let offset = (Double(place) - Double(shapes.count - 1) / 2) * step
        out += Marks.shape(shape, x: center + offset, y: 6.5, scale: 0.76)
      }
    }
    return out
  }
}

/// The marks of the pictures: one shape a meaning.
enum Marks {
  enum Shape: Hashable {
    case succeeded, refused, notSent, inDoubt, drift, rolledBack, began
  }

  static func shape(_ shape: Shape, x: Double, y: Double, scale: Double = 1) -> Markup {
    let unit = 4.8 * scale
    switch shape {
    case .succeeded:
      return "<circle class=\"m-done\" cx=\"\(x)\" cy=\"\(y)\" r=\"\(4.2 * scale)\"/>"
    case .notSent:
      return "<circle class=\"m-notsent\" cx=\"\(x)\" cy=\"\(y)\" r=\"\(3.5 * scale)\"/>"
    case .refused:
      let half = 3.4 * scale
      return """
        <path class="m-refused" d="M\(x - half) \(y - half)l\(2 * half) \(2 * half)M\(x + half) \
        \(y - half)l\(-2 * half) \(2 * half)"/>
        """
    case .inDoubt:
      return """
        <path class="m-doubt" d="M\(x) \(y - unit)l\(unit) \(unit)l\(-unit) \(unit)l\(-unit) \
        \(-unit)Z"/>
        """
    case .drift:
      return """
        <path class="m-drift" d="M\(x) \(y - unit)L\(x + unit) \(y + 0.75 * unit)H\(x - unit)Z"/>
        """
    case .rolledBack:
      return """
        <circle class="m-back" cx="\(x)" cy="\(y)" r="\(4.6 * scale)"/>\
        <circle class="m-backhead" cx="\(x)" cy="\(y)" r="\(1.7 * scale)"/>
        """
    case .began: return "<path class=\"m-base\" d=\"M\(x) \(y - 6)V\(y + 6)\"/>"
    }
  }
}

extension HistoryItem {
  var shape: Marks.Shape {
    switch kind {
    case .observed(let observation): observation.isDrift ? .drift : .began
    case .command where context.causationID != nil && ending == .succeeded: .rolledBack
    case .command:
      switch ending {
      case .succeeded?, .resolved(.applied)?, .resolved(.noDifference)?: .succeeded
      case .refused?: .refused
      case .notSent?: .notSent
      default: .inDoubt
      }
    case .rollback(.refused): .refused
    case .rollback(.failed): .refused
    case .rollback(.stopped(let stop)): stop.isInDoubt ? .inDoubt : .refused
    case .rollback: .rolledBack
    }
  }
}
