/// Reads what `CanonicalWriter` wrote, field by field in the same order, straight from the bytes.
///
/// It accepts the canonical form alone: a key that nobody asked for, one out of order, or white
/// space stops it with the offset. So a body of an unknown shape is never half understood.
package struct CanonicalReader {
  private let bytes: UnsafeBufferPointer<UInt8>
  private var position = 0

  /// Reads one whole object; `body` must consume each of its fields.
  package static func object<Value>(
    _ bytes: UnsafeRawBufferPointer,
    _ body: (inout CanonicalReader) throws(EventFault) -> Value
  ) throws(EventFault) -> Value {
    var reader = CanonicalReader(bytes: bytes.bindMemory(to: UInt8.self))
    let value = try reader.braced(body)
    guard reader.position == bytes.count else { throw reader.fault("the end of the body") }
    return value
  }

  private init(bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

  package mutating func string(_ key: StaticString) throws(EventFault) -> String {
    guard let value = try optionalString(key) else { throw missing(key) }
    return value
  }

  package mutating func optionalString(_ key: StaticString) throws(EventFault) -> String? {
    try matches(key) ? text() : nil
  }

  package mutating func integer(_ key: StaticString) throws(EventFault) -> Int {
    guard let value = try optionalInteger(key) else { throw missing(key) }
    return value
  }

  package mutating func optionalInteger(_ key: StaticString) throws(EventFault) -> Int? {
    guard matches(key) else { return nil }
    let negative = consume(UInt8(ascii: "-"))
    let start = position
    var value = 0
    while let digit = peek, (48...57).contains(digit) {
      let (product, overflow) = value.multipliedReportingOverflow(by: 10)
      let (sum, carry) = product.addingReportingOverflow(Int(digit - 48))
      guard !overflow, !carry else { throw fault("an integer of 64 bits") }
      value = sum
      position += 1
    }
    // One form of each number: no leading zero, no minus zero.
    guard position > start, bytes[start] != UInt8(ascii: "0") || position == start + 1 && !negative
    else { throw fault("an integer") }
    return negative ? -value : value
  }

  package mutating func boolean(_ key: StaticString) throws(EventFault) -> Bool {
    guard matches(key) else { throw missing(key) }
    if consume("true") { return true }
    if consume("false") { return false }
    throw fault("true or false")
  }

  /// `true`, or absent.
  package mutating func flag(_ key: StaticString) throws(EventFault) -> Bool {
    guard matches(key) else { return false }
    guard consume("true") else { throw fault("true, or no such field") }
    return true
  }

  package mutating func strings(_ key: StaticString) throws(EventFault) -> [String] {
    guard matches(key) else { return [] }
    return try listed { (reader) throws(EventFault) in try reader.text() }
  }

  package mutating func object<Value>(
    _ key: StaticString, _ body: (inout CanonicalReader) throws(EventFault) -> Value
  ) throws(EventFault) -> Value {
    guard let value = try optionalObject(key, body) else { throw missing(key) }
    return value
  }

  /// An object as above; one whose bytes were read before is not read again.
  mutating func object<Value>(
    _ key: StaticString, known: inout KnownObjects<Value>,
    _ body: (inout CanonicalReader) throws(EventFault) -> Value
  ) throws(EventFault) -> Value {
    guard matches(key) else { throw missing(key) }
    if let (value, count) = known.find(raw(position..<bytes.count)) {
      position += count
      return value
    }
    let start = position
    let value = try braced(body)
    known.add(value, raw(start..<position))
    return value
  }

  package mutating func optionalObject<Value>(
    _ key: StaticString, _ body: (inout CanonicalReader) throws(EventFault) -> Value
  ) throws(EventFault) -> Value? {
    matches(key) ? try braced(body) : nil
  }

  package mutating func objects<Element>(
    _ key: StaticString, _ body: (inout CanonicalReader) throws(EventFault) -> Element
  ) throws(EventFault) -> [Element] {
    guard matches(key) else { return [] }
    return try listed { (reader) throws(EventFault) in try reader.braced(body) }
  }

  private mutating func listed<Element>(
    _ element: (inout CanonicalReader) throws(EventFault) -> Element
  ) throws(EventFault) -> [Element] {
    guard consume(UInt8(ascii: "[")) else { throw fault("a list") }
    var values: [Element] = []
    repeat { values.append(try element(&self)) } while consume(UInt8(ascii: ","))
    guard consume(UInt8(ascii: "]")) else { throw fault("the end of a list") }
    return values
  }

  private mutating func braced<Value>(
    _ body: (inout CanonicalReader) throws(EventFault) -> Value
  ) throws(EventFault) -> Value {
    guard consume(UInt8(ascii: "{")) else { throw fault("an object") }
    let value = try body(&self)
    guard consume(UInt8(ascii: "}")) else { throw fault("no further field") }
    return value
  }

  // MARK: - Values of the journal

  package mutating func id(_ key: StaticString) throws(EventFault) -> UUIDv7 {
    guard let value = try optionalID(key) else { throw missing(key) }
    return value
  }

  package mutating func optionalID(_ key: StaticString) throws(EventFault) -> UUIDv7? {
    guard matches(key) else { return nil }
    let start = position + 1
    guard start + 36 < bytes.count, peek == Self.quote, bytes[start + 36] == Self.quote,
      let id = UUIDv7(recorded: raw(start..<start + 36))
    else { throw fault("a UUID of version 7") }
    position = start + 37
    return id
  }

  package mutating func optionalInstant(_ key: StaticString) throws(EventFault) -> Instant? {
    guard matches(key) else { return nil }
    let start = position + 1
    let end = start + Instant.textBytes
    guard end < bytes.count, peek == Self.quote, bytes[end] == Self.quote,
      let instant = Instant(recorded: raw(start..<end))
    else { throw fault("a moment in UTC with six decimals") }
    position = end + 1
    return instant
  }

  // MARK: - Bytes

  private static let quote = UInt8(ascii: "\"")

  private var peek: UInt8? { position < bytes.count ? bytes[position] : nil }

  private func raw(_ range: Range<Int>) -> UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(bytes)[range])
  }

  private mutating func consume(_ byte: UInt8) -> Bool {
    guard peek == byte else { return false }
    position += 1
    return true
  }

  private mutating func consume(_ word: StaticString) -> Bool {
    guard stands(word, at: position) else { return false }
    position += word.utf8CodeUnitCount
    return true
  }

  @inline(__always)
  private func stands(_ word: StaticString, at start: Int) -> Bool {
    UnsafeRawBufferPointer(bytes).stands(word, at: start)
  }

  /// Steps over `"key":` when that is what comes next in the present object.
  @inline(__always)
  private mutating func matches(_ key: StaticString) -> Bool {
    var start = position
    if bytes[start - 1] != UInt8(ascii: "{") {
      guard peek == UInt8(ascii: ",") else { return false }
      start += 1
    }
    let end = start + 1 + key.utf8CodeUnitCount
    guard end + 1 < bytes.count, bytes[start] == Self.quote, bytes[end] == Self.quote,
      bytes[end + 1] == UInt8(ascii: ":"), stands(key, at: start + 1)
    else { return false }
    position = end + 2
    return true
  }

  private mutating func text() throws(EventFault) -> String {
    guard consume(Self.quote) else { throw fault("a text") }
    let start = position
    skipPlain()
    // All further bytes in one: below 0x80 where each is ASCII, which needs no validation.
    var seen: UInt8 = 0
    while position < bytes.count {
      let byte = bytes[position]
      if byte == Self.quote {
        let text = UnsafeBufferPointer(rebasing: bytes[start..<position])
        if seen < 0x80 {
          position += 1
          return String(decoding: text, as: UTF8.self)
        }
        guard let value = String(validating: text, as: UTF8.self) else {
          throw fault("a text in UTF-8")
        }
        position += 1
        return value
      }
      seen |= byte
      if byte == UInt8(ascii: "\\") { return try escapedText(from: start) }
      guard byte >= 0x20 else { throw fault("no control character") }
      position += 1
    }
    throw fault("the end of a text")
  }

  /// Steps over printable ASCII, eight bytes at a time, as far as none of them is a quote or a
  /// backslash.
  @inline(__always)
  private mutating func skipPlain() {
    let ones: UInt64 = 0x0101_0101_0101_0101
    let tops = ones << 7
    let raw = UnsafeRawBufferPointer(bytes)
    while position + 8 <= raw.count {
      let eight = UInt64(
        littleEndian: raw.loadUnaligned(fromByteOffset: position, as: UInt64.self))
      let quotes = eight ^ ones &* UInt64(Self.quote)
      let slashes = eight ^ ones &* UInt64(UInt8(ascii: "\\"))
      // In the top bit of the first byte that is none of those, and perhaps of some after it.
      let stops =
        ((quotes &- ones) & ~quotes | (slashes &- ones) & ~slashes
          | (eight &- ones &* 0x20) & ~eight | eight) & tops
      guard stops == 0 else {
        position += stops.trailingZeroBitCount / 8
        return
      }
      position += 8
    }
  }

  private mutating func escapedText(from start: Int) throws(EventFault) -> String {
    var value = Array(bytes[start..<position])
    while let byte = peek, byte != Self.quote {
      position += 1
      guard byte == UInt8(ascii: "\\") else {
        guard byte >= 0x20 else { throw fault("no control character") }
        value.append(byte)
        continue
      }
      value.append(try escapedByte())
    }
    guard consume(Self.quote) else { throw fault("the end of a text") }
    guard let text = String(validating: value, as: UTF8.self) else {
      throw fault("a text in UTF-8")
    }
    return text
  }

  private mutating func escapedByte() throws(EventFault) -> UInt8 {
    guard let code = peek else { throw fault("an escape") }
    position += 1
    switch code {
    case Self.quote, UInt8(ascii: "\\"): return code
    case UInt8(ascii: "b"): return 0x08
    case UInt8(ascii: "t"): return 0x09
    case UInt8(ascii: "n"): return 0x0A
    case UInt8(ascii: "f"): return 0x0C
    case UInt8(ascii: "r"): return 0x0D
    case UInt8(ascii: "u"): return try escapedControl()
    default: throw fault("an escape of RFC 8785")
    }
  }

  /// `\u00XX` in lower case, for the control characters that have no escape of their own.
  private mutating func escapedControl() throws(EventFault) -> UInt8 {
    let digits = Array("0123456789abcdef".utf8)
    guard position + 4 <= bytes.count, bytes[position] == digits[0],
      bytes[position + 1] == digits[0],
      let high = digits.firstIndex(of: bytes[position + 2]), high < 2,
      let low = digits.firstIndex(of: bytes[position + 3])
    else { throw fault("an escaped control character") }
    let value = UInt8(high << 4 | low)
    guard ![0x08, 0x09, 0x0A, 0x0C, 0x0D].contains(value) else {
      throw fault("the short escape of a control character")
    }
    position += 4
    return value
  }

  private func fault(_ expected: String) -> EventFault {
    .malformed(offset: position, expected: expected)
  }

  private func missing(_ key: StaticString) -> EventFault {
    .malformed(offset: position, expected: "the field \"\(key)\"")
  }
}
