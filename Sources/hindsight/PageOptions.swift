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
  @Option(help: "How many at most, 1 to 10000. Default: 50, and all of them in csv.")
  var limit: Int?
  @Option(help: "Where the last page ended; it said so.") var cursor: String?

  var isNewestFirst: Bool? { sort.map { $0 == .newestFirst } }

  func validate() throws {
    if let limit, !(1...10_000).contains(limit) {
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

  /// How many, where nobody says: a sheet has no place that says that it is cut.
  func most(in format: TableFormat) -> Int { limit ?? (format == .csv ? 1_000_000_000 : 50) }

  /// What stands below a table of which there is more; of a sheet it is said beside it.
  func footer(_ next: String?, in format: TableFormat) -> String {
    guard let next else { return "" }
    let sentence = "There is more: raise --limit, or go on with --cursor \(next)"
    if format == .csv { Output.note(sentence) }
    return sentence + "\n"
  }
}
