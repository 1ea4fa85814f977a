import Connections
import Projections

/// *Coverage*: when nobody was watching.
struct CoverageRows {
  static let columns = [
    "from_utc", "to_utc", "seconds", "cause", "detail", "first_event_index", "last_event_index",
  ]

  private let report: Report

  init(_ report: Report) { self.report = report }

  func rows(
    from views: ConnectionViews, to take: ([ReportValue]) async throws -> Void
  ) async throws {
    for gap in try await views.gaps(from: report.from, to: report.to, size: report.size) {
      let seconds = gap.to.map { Int(($0.microseconds - gap.from.microseconds) / 1_000_000) }
      try await take([
        .text(gap.from.description), .optional(gap.to), .optional(seconds),
        .text(gap.cause.rawValue), .optional(gap.detail), .number(gap.firstIndex),
        .number(gap.lastIndex),
      ])
    }
  }
}
