import Mustache

/// HTML that is safe to put into a page: literals are ours, and every text that is interpolated is
/// escaped on its way in. Nothing that a caller wrote can become markup.
struct Markup: Sendable, ExpressibleByStringInterpolation {
  private(set) var html: String

  init(stringLiteral value: String) { html = value }
  init(stringInterpolation: StringInterpolation) { html = stringInterpolation.html }

  /// A text, escaped.
  init(text: String) { html = Self.escaped(text) }

  static let nothing: Markup = ""

  var isEmpty: Bool { html.isEmpty }

  static func += (left: inout Markup, right: Markup) { left.html += right.html }

  private static func escaped(_ text: String) -> String {
    guard text.utf8.contains(where: mayNeedEscape) else { return text }
    var out = ""
    out.reserveCapacity(text.utf8.count)
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": out += "&amp;"
      case "<": out += "&lt;"
      case ">": out += "&gt;"
      case "\"": out += "&quot;"
      case "'": out += "&#39;"
      // Controls are not allowed in HTML, and hide what stands beside them.
      case "\u{0}"..."\u{8}", "\u{B}"..."\u{1F}", "\u{7F}": out += "\u{FFFD}"
      // What turns the direction of writing (0xE2 in UTF-8) could make a text read as another.
      case "\u{202A}"..."\u{202E}", "\u{2066}"..."\u{2069}": out += "\u{FFFD}"
      default: out.unicodeScalars.append(scalar)
      }
    }
    return out
  }

  /// A byte of a character that is replaced above, or of some others: most texts have none.
  private static func mayNeedEscape(_ byte: UInt8) -> Bool {
    switch byte {
    case 0..<0x20, 0x7F, 0xE2: true
    default: "&<>\"'".utf8.contains(byte)
    }
  }

  struct StringInterpolation: StringInterpolationProtocol {
    fileprivate var html = ""

    init(literalCapacity: Int, interpolationCount: Int) { html.reserveCapacity(literalCapacity) }

    mutating func appendLiteral(_ literal: String) { html += literal }
    mutating func appendInterpolation(_ markup: Markup) { html += markup.html }
    mutating func appendInterpolation(_ text: String) { html += Markup.escaped(text) }
    mutating func appendInterpolation(_ number: Int) { html += String(number) }

    /// A place in a picture, to a tenth of a unit.
    mutating func appendInterpolation(_ place: Double) {
      let tenths = Int((place * 10).rounded())
      if tenths < 0 { html += "-" }
      html += "\(abs(tenths) / 10)"
      if tenths % 10 != 0 { html += ".\(abs(tenths) % 10)" }
    }
  }
}

extension Markup: MustacheCustomRenderable {
  var renderText: String { html }
  var isNull: Bool { html.isEmpty }
}

extension Sequence<Markup> {
  func joined(_ separator: Markup = .nothing) -> Markup {
    var out = Markup.nothing
    for (position, part) in enumerated() {
      if position > 0 { out += separator }
      out += part
    }
    return out
  }
}
