import Foundation

/// A bar on the standard error, for work that takes longer than a person likes to wait. Where that
/// is no terminal nothing is drawn.
struct ProgressBar: Sendable {
  private let draws: Bool

  init(isWanted: Bool = true) { draws = isWanted && isatty(STDERR_FILENO) == 1 }

  func show(_ done: Int, of all: Int) {
    guard draws else { return }
    let full = all > 0 ? 30 * min(done, all) / all : 30
    let bar = String(repeating: "#", count: full) + String(repeating: "-", count: 30 - full)
    write("\r[\(bar)] \(done) of \(all)")
  }

  /// Takes the bar away, for what is said next.
  func end() {
    if draws { write("\r\u{1B}[K") }
  }

  private func write(_ text: String) { FileHandle.standardError.write(Data(text.utf8)) }
}
