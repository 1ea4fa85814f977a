/// Writes the one canonical form of JSON in which events are stored and hashed: keys in ascending
/// order, no white space, integers only, absent rather than null, and the escapes of RFC 8785
/// section 3.2.2.2. Calling it with keys out of order is our own bug and traps in debug builds.
package struct CanonicalWriter {
  package private(set) var bytes: [UInt8] = []
  private var isFirst = true

  package init() {}

  package static func object(_ fill: (inout CanonicalWriter) -> Void) -> [UInt8] {
    var writer = CanonicalWriter()
    writer.bytes.reserveCapacity(768)
    writer.braced(fill)
    return writer.bytes
  }

  /// The beginning of an object, which `closing` ends.
  package static func opening(_ fill: (inout CanonicalWriter) -> Void) -> [UInt8] {
    var writer = CanonicalWriter()
    writer.bytes.reserveCapacity(768)
    writer.bytes.append(UInt8(ascii: "{"))
    fill(&writer)
    return writer.bytes
  }

  package static func closing(
    _ head: [UInt8], _ fill: (inout CanonicalWriter) -> Void
  ) -> [UInt8] {
    var writer = CanonicalWriter()
    writer.bytes.reserveCapacity(head.count + 512)
    writer.bytes.append(contentsOf: head)
    writer.isFirst = false
    fill(&writer)
    writer.bytes.append(UInt8(ascii: "}"))
    return writer.bytes
  }

  package mutating func string(_ key: StaticString, _ value: String?) {
    guard let value else { return }
    put(key)
    quote(value)
  }

  package mutating func integer(_ key: StaticString, _ value: Int?) {
    guard let value else { return }
    put(key)
    bytes.append(contentsOf: String(value).utf8)
  }

  package mutating func boolean(_ key: StaticString, _ value: Bool) {
    put(key)
    bytes.append(contentsOf: (value ? "true" : "false").utf8)
  }

  package mutating func strings(_ key: StaticString, _ values: [String]) {
    guard !values.isEmpty else { return }
    put(key)
    listed(values) { $0.quote($1) }
  }

  package mutating func object(_ key: StaticString, _ fill: (inout CanonicalWriter) -> Void) {
    put(key)
    braced(fill)
  }

  package mutating func objects<Element>(
    _ key: StaticString, _ values: [Element], _ fill: (inout CanonicalWriter, Element) -> Void
  ) {
    guard !values.isEmpty else { return }
    put(key)
    listed(values) { writer, value in writer.braced { fill(&$0, value) } }
  }

  private mutating func listed<Element>(
    _ values: [Element], _ write: (inout CanonicalWriter, Element) -> Void
  ) {
    bytes.append(UInt8(ascii: "["))
    for (position, value) in values.enumerated() {
      if position > 0 { bytes.append(UInt8(ascii: ",")) }
      write(&self, value)
    }
    bytes.append(UInt8(ascii: "]"))
  }

  private mutating func braced(_ fill: (inout CanonicalWriter) -> Void) {
    bytes.append(UInt8(ascii: "{"))
    isFirst = true
    fill(&self)
    bytes.append(UInt8(ascii: "}"))
    isFirst = false
  }

  private mutating func put(_ key: StaticString) {
    if !isFirst { bytes.append(UInt8(ascii: ",")) }
    isFirst = false
    bytes.append(UInt8(ascii: "\""))
    bytes.append(
      contentsOf: UnsafeBufferPointer(start: key.utf8Start, count: key.utf8CodeUnitCount))
    bytes.append(UInt8(ascii: "\""))
    bytes.append(UInt8(ascii: ":"))
  }

  private mutating func quote(_ value: String) {
    bytes.append(UInt8(ascii: "\""))
    var value = value
    value.withUTF8 { text in
      if text.allSatisfy({ $0 >= 0x20 && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") }) {
        bytes.append(contentsOf: text)
      } else {
        escape(text)
      }
    }
    bytes.append(UInt8(ascii: "\""))
  }

  private mutating func escape(_ text: UnsafeBufferPointer<UInt8>) {
    for byte in text {
      switch byte {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"):
        bytes.append(UInt8(ascii: "\\"))
        bytes.append(byte)
      case 0x20...: bytes.append(byte)
      case 0x08: bytes.append(contentsOf: "\\b".utf8)
      case 0x09: bytes.append(contentsOf: "\\t".utf8)
      case 0x0A: bytes.append(contentsOf: "\\n".utf8)
      case 0x0C: bytes.append(contentsOf: "\\f".utf8)
      case 0x0D: bytes.append(contentsOf: "\\r".utf8)
      default:
        let hex = Array("0123456789abcdef".utf8)
        bytes.append(contentsOf: "\\u00".utf8)
        bytes.append(hex[Int(byte >> 4)])
        bytes.append(hex[Int(byte & 15)])
      }
    }
  }
}
