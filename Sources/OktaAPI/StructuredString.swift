/// A string of RFC 8941 section 3.3.3: printable ASCII in quotes, with `\\"` and `\\\\`.
package enum StructuredString {
  /// Takes the same characters without quotes as well.
  package static func parse(_ text: String) -> String? {
    let bytes = Array(text.utf8)
    guard bytes.allSatisfy({ (0x20...0x7E).contains($0) }) else { return nil }
    guard bytes.first == UInt8(ascii: "\"") else {
      return bytes.contains(UInt8(ascii: "\"")) ? nil : text
    }
    var value: [UInt8] = []
    var rest = bytes.dropFirst()
    while let byte = rest.popFirst() {
      switch byte {
      case UInt8(ascii: "\""): return rest.isEmpty ? String(decoding: value, as: UTF8.self) : nil
      case UInt8(ascii: "\\"):
        guard let escaped = rest.popFirst(),
          escaped == UInt8(ascii: "\"") || escaped == UInt8(ascii: "\\")
        else { return nil }
        value.append(escaped)
      default: value.append(byte)
      }
    }
    return nil
  }
}
