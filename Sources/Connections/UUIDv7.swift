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
    guard bytes.count == 36 else { return nil }
    var words: (UInt64, UInt64) = (0, 0)
    for (position, byte) in bytes.enumerated() {
      if position == 8 || position == 13 || position == 18 || position == 23 {
        guard byte == UInt8(ascii: "-") else { return nil }
        continue
      }
      let digit: UInt8
      switch byte {
      case 48...57: digit = byte - 48
      case 97...102: digit = byte - 87
      case 65...70 where allowsUpperCase: digit = byte - 55
      default: return nil
      }
      if position < 18 {
        words.0 = words.0 << 4 | UInt64(digit)
      } else {
        words.1 = words.1 << 4 | UInt64(digit)
      }
    }
    guard words.0 >> 12 & 0xF == 7, words.1 >> 62 == 2 else { return nil }
    (high, low) = words
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
