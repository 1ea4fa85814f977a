import Connections
import Projections

/// *Sample*: n changes of a period, each as likely as any other.
///
/// Algorithm R (Vitter 1985) over the changes in the order of their indexes, with SplitMix64 from
/// the seed: whoever has the journal, the seed and these two names draws the same sample.
struct SampleRows {
  private let report: Report

  init(_ report: Report) { self.report = report }

  func rows(
    from views: ConnectionViews, to take: ([ReportValue]) async throws -> Void
  ) async throws {
    let changes = ChangesReport(from: report.from, to: report.to)
    var random = SplitMix64(seed: report.seed)
    var chosen: [Int] = []
    var seen = 0
    try await changes.pages(from: views, trueAt: report.size) { items in
      for _ in items {
        if chosen.count < report.count {
          chosen.append(seen)
        } else if report.count > 0 {
          let place = Int(random.next() % UInt64(seen + 1))
          if place < report.count { chosen[place] = seen }
        }
        seen += 1
      }
    }
    let places = Set(chosen)
    let labels = try await views.labels(below: report.size).mapValues(\.label)
    seen = 0
    try await changes.pages(from: views, trueAt: report.size) { items in
      for item in items {
        if places.contains(seen) {
          try await take(ChangesReport.values(item, label: labels[item.appID]))
        }
        seen += 1
      }
    }
  }
}

/// A small generator that is the same everywhere (Steele, Lea and Flood 2014).
struct SplitMix64 {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}
