import ArgumentParser
import Commands
import Connections
import Gateway
import Projections

/// A point in history, as the command line takes it.
enum AsOf {
  /// - Throws: `ValidationError` for what has not come or is not recorded.
  static func point(
    _ text: String?, option: String, in views: ConnectionViews
  ) async throws -> PointInHistory {
    guard let text, text != "now" else { return .now }
    if let index = Int(text), index >= 0 {
      let size = try await views.size()
      guard index < size else {
        throw ValidationError("\(option) is index \(index), and the journal has \(size) events.")
      }
      return .index(index)
    }
    guard let instant = Gateway.loose(text) else {
      throw ValidationError("\(option) must be a time or the index of an event: \(text)")
    }
    try mustHaveCome(instant, option, text)
    return .time(instant)
  }

  static func mustHaveCome(_ instant: Instant, _ option: String, _ text: String) throws {
    guard instant <= CommandEnvironment.real.now() else {
      throw ValidationError("\(option) is in the future, of which nothing is known: \(text)")
    }
  }
}

/// A period, of which either end may be open.
struct PeriodOptions: ParsableArguments {
  @Option(help: "From this time on, such as 2026-10-01T00:00:00Z.") var from: String?
  @Option(help: "Before this time.") var to: String?

  func period() throws -> (from: Instant?, to: Instant?) {
    let period = (try Self.instant(from, "--from"), try Self.instant(to, "--to"))
    if let from = period.0 {
      try AsOf.mustHaveCome(from, "--from", self.from ?? "")
      if let to = period.1, from > to { throw ValidationError("--from is after --to.") }
    }
    return period
  }

  private static func instant(_ text: String?, _ option: String) throws -> Instant? {
    guard let text else { return nil }
    guard let instant = Gateway.loose(text) else {
      throw ValidationError("\(option) must be a time such as 2026-10-01T00:00:00Z: \(text)")
    }
    return instant
  }
}

/// `--as-of`, as an index or a time.
struct AsOfOptions: ParsableArguments {
  @Option(
    help: "A time (2026-11-23T07:52:00Z) or the index of an event; the present when it is absent.")
  var asOf: String?

  func point(in views: ConnectionViews) async throws -> PointInHistory {
    try await AsOf.point(asOf, option: "--as-of", in: views)
  }
}
