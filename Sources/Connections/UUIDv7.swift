/// A UUID of version 7 (RFC 9562 section 5.7): 48 bits of Unix milliseconds, then randomness, so
/// that identifiers made later sort later. Its text is lower-case.
package struct UUIDv7: Hashable, Sendable {
  private let high: UInt64
  private let low: UInt64

  /// - Parameters:
  ///   - instant: at or after 1970; only its milliseconds are used.
  ///   - random: 10 bytes, of which 74 bits are used.
  package init(instant: Instant, random: [UInt8]) {
    precondition(random.count == 10, "a UUIDv7 takes 10 random bytes")
    let milliseconds = UInt64(max(0, instant.microseconds) / 1000)
    let first = UInt64(random[0] & 0x0F | 0x70) << 8 | UInt64(random[1])
    high = milliseconds << 16 | first
    low = random[2...].reduce(0) { $0 << 8 | UInt64($1) } & 0x3FFF_FFFF_FFFF_FFFF | 1 << 63
  }

  /// When it was made, in whole milliseconds.
  package var instant: Instant { Instant(microseconds: Int64(high >> 16) * 1_000) }

  /// Reads the 36-character form, any letter case; `nil` when the text is not a UUID of version 7.
  package init?(_ text: some StringProtocol) {
    let bytes = Array(text.utf8)
    let parsed = bytes.withUnsafeBytes { UUIDv7(lent: $0, allowsUpperCase: true) }
    guard let parsed else { return nil }
    self = parsed
  }

  /// Reads the 36 bytes of the recorded form, lower-case letters only.
  package init?(recorded bytes: UnsafeRawBufferPointer) {
    self.init(lent: bytes, allowsUpperCase: false)
  }

  private init?(lent bytes: UnsafeRawBufferPointer, allowsUpperCase: Bool) {
    let dash = UInt8(ascii: "-")
    guard bytes.count == 36, bytes[8] == dash, bytes[13] == dash, bytes[18] == dash,
      bytes[23] == dash
    else { return nil }
    func digits(_ range: Range<Int>, after word: UInt64) -> UInt64? {
      // Without a branch: which of the digits are letters, nobody can predict.
      var word = word
      var wrong: UInt8 = 0
      for byte in bytes[range] {
        let byte = allowsUpperCase ? byte | 0x20 : byte
        let isDigit: UInt8 = byte &- 48 < 10 ? 1 : 0
        let isLetter: UInt8 = byte &- 97 < 6 ? 1 : 0
        wrong |= (isDigit | isLetter) ^ 1
        word = word << 4 | UInt64(byte & 0x0F &+ 9 &* isLetter)
      }
      return wrong == 0 ? word : nil
    }
    guard let first = digits(0..<8, after: 0), let second = digits(9..<13, after: first),
      let high = digits(14..<18, after: second), let fourth = digits(19..<23, after: 0),
      let low = digits(24..<36, after: fourth), high >> 12 & 0xF == 7, low >> 62 == 2
    else { return nil }
    (self.high, self.low) = (high, low)
  }
}

extension UUIDv7: CustomStringConvertible {
  package var description: String {
    String(unsafeUninitializedCapacity: 36) { text in
      var place = 0
      for nibble in 0..<32 {
        if nibble == 8 || nibble == 12 || nibble == 16 || nibble == 20 {
          text[place] = UInt8(ascii: "-")
          place += 1
        }
        let word = nibble < 16 ? high : low
        let digit = UInt8(truncatingIfNeeded: word >> UInt64(60 - 4 * (nibble & 15))) & 15
        text[place] = digit < 10 ? 48 + digit : 87 + digit
        place += 1
      }
      return 36
    }
  }
}

/// The identity of one event.
package typealias EventID = UUIDv7
/// The identity of one command, of a rollback, or of what one client did in one go.
package typealias CommandID = UUIDv7

extension UUIDv7 {
  /// Our own id where an `X-Okta-Request-Id` stands: the 32 hex digits alone.
  package var requestID: String { description.filter { $0 != "-" } }
}
