/// Rows of RFC 4180: CRLF after each, a field in quotes where it needs them.
///
/// A value that a spreadsheet would take for a formula gets a leading apostrophe: one that begins
/// with `=`, `+`, `-`, `@`, TAB, CR or NUL (OWASP ASVS 5.0, 1.2.10). Quoting alone does not stop
/// it.
package enum CSV {
  /// The guard, as a manifest states it.
  package static let rule = """
    In CSV a value that begins with = + - @ TAB CR or NUL has a leading apostrophe, so that no \
    spreadsheet runs it. JSON Lines are lossless.
    """
  /// The four kinds of nothing, as a manifest states them.
  package static let words = """
    An empty field is empty; (unknown) is there and not known; (not observed) was set before \
    recording began; (redacted) is known and not shown. In JSON Lines these are null, and objects \
    with "is".
    """

  package static func field(_ value: ReportValue) -> String {
    switch value {
    case .text(let text): text
    case .number(let number): String(number)
    case .flag(let flag): flag ? "true" : "false"
    case .empty: ""
    case .unknown: "(unknown)"
    case .notObserved: "(not observed)"
    case .redacted: "(redacted)"
    }
  }

  package static func row(_ fields: [String]) -> [UInt8] {
    var bytes: [UInt8] = []
    for (position, field) in fields.enumerated() {
      if position > 0 { bytes.append(UInt8(ascii: ",")) }
      append(field, to: &bytes)
    }
    bytes.append(contentsOf: "\r\n".utf8)
    return bytes
  }

  private static func append(_ field: String, to bytes: inout [UInt8]) {
    let isFormula = field.utf8.first.map { "=+-@\t\r\0".utf8.contains($0) } ?? false
    let needsQuotes = field.utf8.contains { byte in
      byte == UInt8(ascii: ",") || byte == UInt8(ascii: "\"") || byte == 0x0D || byte == 0x0A
    }
    if needsQuotes { bytes.append(UInt8(ascii: "\"")) }
    if isFormula { bytes.append(UInt8(ascii: "'")) }
    for byte in field.utf8 {
      if byte == UInt8(ascii: "\"") { bytes.append(byte) }
      bytes.append(byte)
    }
    if needsQuotes { bytes.append(UInt8(ascii: "\"")) }
  }
}
