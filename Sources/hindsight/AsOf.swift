import ArgumentParser
import Commands
import Connections
import Projections

/// A point in history, as the command line takes it.
enum AsOf {
  static func point(_ text: String?, option: String) throws -> PointInHistory {
    guard let text, text != "now" else { return .now }
    if let index = Int(text), index >= 0 { return .index(index) }
    guard let instant = Instant(text) else {
      throw ValidationError("\(option) must be a time or the index of an event: \(text)")
    }
    guard instant <= CommandEnvironment.real.now() else {
      throw ValidationError("\(option) is in the future, of which nothing is known: \(text)")
    }
    return .time(instant)
  }
}

/// `--as-of`, as an index or a time.
struct AsOfOptions: ParsableArguments {
  @Option(
    help: "A time (2026-11-23T07:52:00Z) or the index of an event; the present when it is absent.")
  var asOf: String?

  func point() throws -> PointInHistory { try AsOf.point(asOf, option: "--as-of") }
}
