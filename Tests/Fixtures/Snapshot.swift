import Foundation

/// Texts that were looked at once and must not change unnoticed: files in `Snapshots` beside the
/// test.
///
/// With `RECORD_SNAPSHOTS=1` in the environment they are written anew; read the difference before
/// you commit it.
package enum Snapshot {
  /// Compares a text with the recorded one.
  ///
  /// - Returns: `nil` when they are the same, or else where they part.
  package static func difference(
    of text: String, from name: String, beside test: String = #filePath
  ) throws -> String? {
    let directory = URL(fileURLWithPath: test).deletingLastPathComponent()
      .appendingPathComponent("Snapshots")
    let file = directory.appendingPathComponent(name)
    if ProcessInfo.processInfo.environment["RECORD_SNAPSHOTS"] == "1" {
      try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
      try Data(text.utf8).write(to: file)
      return nil
    }
    guard let recorded = try? String(contentsOf: file, encoding: .utf8) else {
      return "There is no snapshot \(name) yet: record it with RECORD_SNAPSHOTS=1."
    }
    return firstDifference(text, recorded)
  }

  private static func firstDifference(_ text: String, _ recorded: String) -> String? {
    let found = lines(text)
    let expected = lines(recorded)
    for number in 0..<max(found.count, expected.count) {
      let was = number < expected.count ? expected[number] : "(the end)"
      let now = number < found.count ? found[number] : "(the end)"
      if was != now {
        return "Line \(number + 1) was \(was.debugDescription), and is \(now.debugDescription)."
      }
    }
    return nil
  }

  /// By line feeds alone, so that a changed line end is a difference too.
  private static func lines(_ text: String) -> [String] {
    text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
      .map { String(decoding: $0, as: UTF8.self) }
  }
}
