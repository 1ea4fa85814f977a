/// Rows of RFC 4180: CRLF after each, a field in quotes where it needs them.
///
/// A value that a spreadsheet would take for a formula gets a leading apostrophe: one that begins
/// with `=`, `+`, `-`, `@`, TAB, CR or NUL (OWASP ASVS 5.0, 1.2.10). Quoting alone does not stop
/// it.
package enum CSV {
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
