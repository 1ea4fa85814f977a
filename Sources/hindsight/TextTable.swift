import Foundation

/// A table for people: columns as wide as their widest cell, two spaces between. What others wrote
/// is made harmless, so that a row stays a line.
struct TextTable {
  var header: [String]
  var rows: [[String]] = []

  var text: String {
    let lines = cells
    let widths = header.indices.map { column in lines.map { $0[column].count }.max() ?? 0 }
    return lines.map { cells in
      var line = ""
      for (cell, width) in zip(cells, widths) {
        line += cell + String(repeating: " ", count: width - cell.count + 2)
      }
      while line.last == " " { line.removeLast() }
      return line + "\n"
    }.joined()
  }

  /// `2026-11-23 07:52`
  private static let minuteWidth = 16
  private static let ids: Set = ["APP", "COMMAND", "ROLLBACK"]

  private var cells: [[String]] { ([header] + rows).map { $0.map(\.harmlessLine) } }

  /// The width of the terminal that the output goes to; `nil` where there is none.
  static var terminalColumns: Int? {
    guard isatty(STDOUT_FILENO) == 1 else { return nil }
    var size = winsize()
    guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return nil }
    return Int(size.ws_col)
  }

  /// Fits the terminal: the widest columns are cut first, and what is cut ends in `…`. A time loses
  /// its seconds at most, and an id nothing: with a part of it nobody can ask for it.
  var fitted: TextTable {
    guard let columns = Self.terminalColumns else { return self }
    return fitted(to: columns)
  }

  func fitted(to columns: Int) -> TextTable {
    let cells = cells
    var widths = header.indices.map { column in cells.map { $0[column].count }.max() ?? 0 }
    var total = widths.reduce(0) { $0 + $1 + 2 } - 2
    func shrink(_ shrinkable: [Int], downTo least: Int) {
      while total > columns, let widest = shrinkable.max(by: { widths[$0] < widths[$1] }),
        widths[widest] > least
      {
        widths[widest] -= 1
        total -= 1
      }
    }
    let times = header.indices.filter { header[$0].hasSuffix("(UTC)") }
    let others = header.indices.filter { !times.contains($0) && !Self.ids.contains(header[$0]) }
    shrink(others, downTo: 10)
    shrink(times, downTo: Self.minuteWidth)
    shrink(others, downTo: 4)
    func cut(_ line: [String]) -> [String] {
      line.indices.map { column in
        let (cell, width) = (line[column], widths[column])
        guard cell.count > width else { return cell }
        return times.contains(column) ? String(cell.prefix(width)) : cell.prefix(width - 1) + "…"
      }
    }
    return TextTable(header: cut(header), rows: cells.dropFirst().map(cut))
  }
}

extension String {
  /// Without what a terminal obeys, and what turns the direction of writing: a recorded text could
  /// otherwise clear the screen, or draw lines that nobody recorded. Ends of lines stay.
  var harmless: String {
    guard unicodeScalars.contains(where: \.isObeyed) else { return self }
    var text = String.UnicodeScalarView()
    for scalar in unicodeScalars { text.append(scalar.isObeyed ? "\u{FFFD}" : scalar) }
    return String(text)
  }

  /// The same in one line.
  var harmlessLine: String {
    replacing("\t", with: " ").harmless
      .split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
      .joined(separator: " ")
  }
}

extension Unicode.Scalar {
  fileprivate var isObeyed: Bool {
    switch self {
    case "\n": false
    case "\u{0}"..."\u{1F}", "\u{7F}"..."\u{9F}": true
    case "\u{202A}"..."\u{202E}", "\u{2066}"..."\u{2069}": true
    default: false
    }
  }
}
