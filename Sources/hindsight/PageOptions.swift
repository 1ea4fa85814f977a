import ArgumentParser
import Gateway

/// Which part of a list of changes, in which order.
struct PageOptions: ParsableArguments {
  enum Order: String, ExpressibleByArgument, CaseIterable {
    case recordedAt
    case newestFirst = "-recordedAt"
  }

  @Option(
    help: "recordedAt for the oldest first, =-recordedAt (--sort=-recordedAt) for the newest.")
  var sort: Order?
  @Option(help: "How many at most, 1 to 10000.") var limit = 50
  @Option(help: "Where the last page ended; it said so.") var cursor: String?

  var isNewestFirst: Bool? { sort.map { $0 == .newestFirst } }

  func validate() throws {
    guard (1...10_000).contains(limit) else {
      throw ValidationError("--limit is a number from 1 to 10000, and not \(limit).")
    }
  }

  func cursor(of question: [String]) throws -> Cursor<Int>? {
    try cursor.map { try Cursor($0, of: question) }
  }

  /// The cursor of the next page, if there is one.
  func next(_ position: Int?, size: Int, of question: [String]) -> String? {
    position.map { Cursor(size: size, position: $0, of: question).text }
  }

  func footer(_ next: String?) -> String {
    next.map { "There is more: raise --limit, or go on with --cursor \($0)\n" } ?? ""
  }
}
