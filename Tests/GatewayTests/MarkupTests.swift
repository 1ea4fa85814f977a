import Testing

@testable import Gateway

@Suite struct `A text within markup` {
  private static let replaced: [Unicode.Scalar: String] = [
    "&": "&amp;", "<": "&lt;", ">": "&gt;", "\"": "&quot;", "'": "&#39;",
  ]

  /// Every scalar of the first planes that a caller could hide something behind, and all others.
  @Test func `is escaped scalar by scalar, and is otherwise what it was`() {
    for value in UInt32(0)..<0x3000 {
      guard let scalar = Unicode.Scalar(value) else { continue }
      let isControl = value < 0x20 && value != 9 && value != 10 || value == 0x7F
      let turns = (0x202A...0x202E).contains(value) || (0x2066...0x2069).contains(value)
      let expected =
        Self.replaced[scalar] ?? (isControl || turns ? "\u{FFFD}" : String(scalar))
      #expect(Markup(text: "a\(scalar)b").html == "a\(expected)b", "\(value)")
    }
  }
}
