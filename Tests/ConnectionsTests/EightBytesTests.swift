import Testing

@testable import Connections

/// What is read eight bytes at a time says the same as one byte at a time would.
@Suite struct `Eight bytes at a time` {
  private static let canonical = "0192f0c1-2f3a-7bbb-8ccc-1234567890ab"

  private func changed(_ text: String, _ body: (Int, UInt8, [UInt8]) throws -> Void) rethrows {
    let bytes = Array(text.utf8)
    for place in bytes.indices {
      for byte in UInt8.min...UInt8.max {
        var other = bytes
        other[place] = byte
        try body(place, byte, other)
      }
    }
  }

  private func isHex(_ byte: UInt8, upperCase: Bool) -> Bool {
    let text = Character(UnicodeScalar(byte))
    return text.isASCII && text.isHexDigit && (upperCase || !text.isUppercase)
  }

  /// What a byte in a place of `canonical` may be.
  private func isRight(_ place: Int, _ byte: UInt8, upperCase: Bool) -> Bool {
    switch place {
    case 8, 13, 18, 23: byte == UInt8(ascii: "-")
    case 14: byte == UInt8(ascii: "7")
    case 19:
      isHex(byte, upperCase: upperCase) && "89abAB".utf8.contains(byte)
    default: isHex(byte, upperCase: upperCase)
    }
  }

  @Test func `reads an id, and takes nothing else for one`() {
    changed(Self.canonical) { place, byte, bytes in
      let id = bytes.withUnsafeBytes { UUIDv7(recorded: $0) }
      #expect((id != nil) == isRight(place, byte, upperCase: false), "\(byte) at \(place)")
      if let id { #expect(Array(id.description.utf8) == bytes) }
      guard let text = String(validating: bytes, as: UTF8.self) else { return }
      let lenient = UUIDv7(text)
      #expect((lenient != nil) == isRight(place, byte, upperCase: true), "\(byte) at \(place)")
      if let lenient { #expect(lenient.description == text.lowercased()) }
    }
  }

  @Test func `reads a moment, and takes nothing else for one`() {
    changed("2026-11-23T07:52:00.123456Z") { place, byte, bytes in
      let moment = bytes.withUnsafeBytes { Instant(recorded: $0) }
      let isDigit = UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte
      if let moment {
        #expect(Array(moment.description.utf8) == bytes)
      } else if isDigit {
        // A month, day, hour, minute or second that there is none of.
        #expect(
          [5, 6, 8, 11, 14, 17].contains(place) || bytes[4] != UInt8(ascii: "-")
            || [
              7, 10, 13, 16, 19, 26,
            ].contains(place), "\(byte) at \(place)")
      }
      #expect(moment == nil || isDigit || [4, 7, 10, 13, 16, 19, 26].contains(place))
    }
  }

  @Test(arguments: 0...24)
  func `reads a text of any length with any byte in any place`(length: Int) throws {
    // Capitals: no letter of them makes an escape of a backslash before it.
    let text = String("ABCDEFGHIJKLMNOPQRSTUVWX".prefix(length))
    func read(_ bytes: [UInt8]) -> String? {
      (Array(#"{"k":""#.utf8) + bytes + Array(#""}"#.utf8)).withUnsafeBytes { body in
        try? CanonicalReader.object(body) { reader throws(EventFault) in try reader.string("k") }
      }
    }
    #expect(read(Array(text.utf8)) == text)
    changed(text) { place, byte, bytes in
      let isPlain = (0x20..<0x80).contains(byte) && !#"\""#.utf8.contains(byte)
      #expect(
        read(bytes) == (isPlain ? String(decoding: bytes, as: UTF8.self) : nil),
        "\(byte) at \(place)")
    }
    // A letter of two bytes, across the boundaries of eight.
    changed(text) { place, byte, bytes in
      guard byte == 0 else { return }
      let wide = bytes[..<place] + Array("é".utf8) + bytes[(place + 1)...]
      #expect(read(Array(wide)) == String(decoding: wide, as: UTF8.self))
    }
  }

  @Test func `tells keys of any length apart`() throws {
    let keys: [StaticString] = [
      "a", "ab", "abc", "abcd", "abcde", "abcdef", "abcdefg", "abcdefgh", "abcdefghi",
      "abcdefghijk", "abcdefghijklmno", "abcdefghijklmnop", "abcdefghijklmnopq",
    ]
    for key in keys {
      changed("\(key)") { place, byte, bytes in
        let body = Array(#"{""#.utf8) + bytes + Array(#"":"v"}"#.utf8)
        let value = body.withUnsafeBytes { body in
          try? CanonicalReader.object(body) { reader throws(EventFault) in
            try reader.optionalString(key)
          }
        }
        let isSame = Array("\(key)".utf8) == bytes
        #expect((value == "v") == isSame, "\(key), \(byte) at \(place)")
      }
    }
  }
}
