import Connections
import Projections

/// Where a moment lies in a picture, and which moments get a line.
struct TimeScale {
  var from: Instant
  var to: Instant
  var left: Double
  var right: Double

  init(from: Instant, to: Instant, left: Double, right: Double) {
    self.from = from
    // A life of no length would have no picture.
    self.to = max(to, from.adding(seconds: 60))
    (self.left, self.right) = (left, right)
  }

  var seconds: Int64 { to.epochSeconds - from.epochSeconds }

  func x(_ instant: Instant) -> Double {
    let whole = Double(to.microseconds - from.microseconds)
    let share = Double(instant.microseconds - from.microseconds) / whole
    return left + min(1, max(0, share)) * (right - left)
  }

  struct Tick {
    var x: Double
    /// Absent for a fine line.
    var label: String?
  }

  /// Weeks and months where there is room for months, and else the roundest step that leaves room
  /// for its lettering.
  var ticks: [Tick] { seconds > 45 * 86_400 ? weeksAndMonths : steps }

  private var weeksAndMonths: [Tick] {
    var ticks: [Tick] = []
    let perMonth = (right - left) / (Double(seconds) / 2_629_800)
    for day in (from.day + 1)...max(from.day + 1, to.day) {
      let moment = Instant(microseconds: Int64(day) * 86_400_000_000)
      let text = Signs.day(day)
      if text.hasSuffix("-01") {
        let month = Int(text.dropFirst(5).prefix(2)) ?? 1
        let every = perMonth > 48 ? 1 : perMonth > 16 ? 3 : 12
        let name = ActivityPicture.month(text).prefix(3)
        let label =
          (month - 1) % every == 0 ? "\(name)\(month == 1 ? " " + text.prefix(4) : "")" : ""
        ticks.append(Tick(x: x(moment), label: label))
      } else if (day % 7 + 7) % 7 == 4, perMonth > 30 {
        // 1970-01-01 was a Thursday.
        ticks.append(Tick(x: x(moment), label: nil))
      }
    }
    return ticks
  }

  private var steps: [Tick] {
    let room = max(2, Int64((right - left) / 90))
    let all: [Int64] = [
      10, 30, 60, 300, 900, 1_800, 3_600, 10_800, 21_600, 43_200, 86_400, 172_800, 604_800,
    ]
    let step = all.first { seconds / $0 <= room } ?? 604_800
    let first = (from.epochSeconds / step + 1) * step
    return stride(from: first, through: to.epochSeconds, by: Int64.Stride(step)).map { second in
      let moment = Instant(microseconds: second * 1_000_000)
      let text = moment.description
      let isMidnight = second % 86_400 == 0
      let label =
        isMidnight
        ? String(text.prefix(10).dropFirst(5))
        : String(text.dropFirst(11).prefix(step < 60 ? 8 : 5))
      return Tick(x: x(moment), label: label)
    }
  }
}
