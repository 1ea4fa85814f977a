/// Why bytes are not JSON (RFC 8259), with the offset of the first byte that is wrong.
package struct JSONFault: Error, Hashable, Sendable, CustomStringConvertible {
  package var offset: Int
  package var expected: String
  package var description: String { "not JSON at byte \(offset): expected \(expected)" }
}

extension JSONValue {
  /// Parses one whole JSON text. Stricter than RFC 8259 on purpose in two points: a key that stands
  /// twice in an object is refused, for it could mean one thing here and another at Okta; and
  /// nesting deeper than 64 is refused.
  package init(parsing bytes: [UInt8]) throws(JSONFault) {
    var parser = JSONParser(bytes: bytes)
    self = try parser.document()
  }
}

private struct JSONParser {
  let bytes: [UInt8]
  var position = 0

  init(bytes: [UInt8]) { self.bytes = bytes }

  mutating func document() throws(JSONFault) -> JSONValue {
    let value = try self.value(depth: 0)
    skipSpace()
    guard position == bytes.count else { throw fault("the end") }
    return value
  }

  private mutating func value(depth: Int) throws(JSONFault) -> JSONValue {
    guard depth < 64 else { throw fault("nesting of at most 64") }
    skipSpace()
    switch peek {
    case UInt8(ascii: "{"): return try object(depth: depth)
    case UInt8(ascii: "["): return try array(depth: depth)
    case UInt8(ascii: "\""):
      let start = position
      let text = try string()
      return .string(text, range: start..<position)
    case UInt8(ascii: "t"): return try word("true", .boolean(true))
    case UInt8(ascii: "f"): return try word("false", .boolean(false))
    case UInt8(ascii: "n"): return try word("null", .null)
    default: return try number()
    }
  }

  private mutating func object(depth: Int) throws(JSONFault) -> JSONValue {
    position += 1
    var members: [JSONValue.Member] = []
    var keys: Set<String> = []
    skipSpace()
    if consume("}") { return .object([]) }
    repeat {
      skipSpace()
      let start = position
      let key = try string()
      guard keys.insert(key).inserted else {
        position = start
        throw fault("a key that does not stand twice")
      }
      skipSpace()
      guard consume(":") else { throw fault("a colon") }
      members.append(JSONValue.Member(key, try value(depth: depth + 1)))
      skipSpace()
    } while consume(",")
    guard consume("}") else { throw fault("a comma or a closing brace") }
    return .object(members)
  }

  private mutating func array(depth: Int) throws(JSONFault) -> JSONValue {
    position += 1
    var elements: [JSONValue] = []
    skipSpace()
    if consume("]") { return .array([]) }
    repeat {
      elements.append(try value(depth: depth + 1))
      skipSpace()
    } while consume(",")
    guard consume("]") else { throw fault("a comma or a closing bracket") }
    return .array(elements)
  }

  private mutating func number() throws(JSONFault) -> JSONValue {
    let start = position
    _ = consume("-")
    if !consume("0") { try digits() }
    if consume(".") { try digits() }
    if consume("e") || consume("E") {
      if !consume("+") { _ = consume("-") }
      try digits()
    }
    return .number(String(decoding: bytes[start..<position], as: UTF8.self))
  }

  private mutating func digits() throws(JSONFault) {
    let start = position
    while let byte = peek, (48...57).contains(byte) { position += 1 }
    guard position > start else { throw fault("a value") }
  }

  private mutating func word(_ word: String, _ value: JSONValue) throws(JSONFault) -> JSONValue {
    guard bytes[position...].starts(with: word.utf8) else { throw fault("a value") }
    position += word.utf8.count
    return value
  }

  private mutating func string() throws(JSONFault) -> String {
    guard consume("\"") else { throw fault("a text") }
    var text: [UInt8] = []
    while let byte = peek, byte != UInt8(ascii: "\"") {
      guard byte >= 0x20 else { throw fault("no control character") }
      position += 1
      if byte == UInt8(ascii: "\\") { try escape(into: &text) } else { text.append(byte) }
    }
    let end = position
    guard consume("\"") else { throw fault("the end of a text") }
    guard let value = String(validating: text, as: UTF8.self) else {
      throw JSONFault(offset: end, expected: "a text in UTF-8")
    }
    return value
  }

  private mutating func escape(into text: inout [UInt8]) throws(JSONFault) {
    guard let code = peek else { throw fault("an escape") }
    position += 1
    switch code {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(code)
    case UInt8(ascii: "b"): text.append(0x08)
    case UInt8(ascii: "f"): text.append(0x0C)
    case UInt8(ascii: "n"): text.append(0x0A)
    case UInt8(ascii: "r"): text.append(0x0D)
    case UInt8(ascii: "t"): text.append(0x09)
    case UInt8(ascii: "u"): text.append(contentsOf: String(Character(try scalar())).utf8)
    default:
      position -= 1
      throw fault("an escape")
    }
  }

  /// A `\u` escape, or the two that make a surrogate pair.
  private mutating func scalar() throws(JSONFault) -> Unicode.Scalar {
    let first = try hexadecimal()
    if let scalar = Unicode.Scalar(first) { return scalar }
    guard (0xD800..<0xDC00).contains(first), consume("\\"), consume("u") else {
      throw fault("the second half of a surrogate pair")
    }
    let second = try hexadecimal()
    guard (0xDC00..<0xE000).contains(second),
      let scalar = Unicode.Scalar(0x10000 + (first - 0xD800) << 10 + (second - 0xDC00))
    else { throw fault("the second half of a surrogate pair") }
    return scalar
  }

  private mutating func hexadecimal() throws(JSONFault) -> UInt32 {
    guard position + 4 <= bytes.count,
      bytes[position..<position + 4].allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }),
      let value = UInt32(String(decoding: bytes[position..<position + 4], as: UTF8.self), radix: 16)
    else { throw fault("four hexadecimal digits") }
    position += 4
    return value
  }

  private var peek: UInt8? { position < bytes.count ? bytes[position] : nil }

  private mutating func consume(_ scalar: Unicode.Scalar) -> Bool {
    guard let peek, UInt32(peek) == scalar.value else { return false }
    position += 1
    return true
  }

  private mutating func skipSpace() {
    while let byte = peek, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 {
      position += 1
    }
  }

  private func fault(_ expected: String) -> JSONFault {
    JSONFault(offset: position, expected: expected)
  }
}
