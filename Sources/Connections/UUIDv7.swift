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
    func eight(at start: Int) -> UInt64 {
      UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: start, as: UInt64.self))
    }
    func four(at start: Int) -> UInt64 {
      UInt64(UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: start, as: UInt32.self)))
    }
    func value(_ digits: UInt64) -> UInt64? {
      Self.value(ofDigits: digits, allowsUpperCase: allowsUpperCase)
    }
    guard let first = value(eight(at: 0)), let second = value(four(at: 9) << 32 | four(at: 14)),
      let third = value(four(at: 19) << 32 | four(at: 24)), let fourth = value(eight(at: 28))
    else { return nil }
    (high, low) = (first << 32 | second, third << 32 | fourth)
    guard high >> 12 & 0xF == 7, low >> 62 == 2 else { return nil }
  }

  /// What eight hexadecimal digits say, the first in the highest byte: all bytes at once and
  /// without a branch, for which of them are letters nobody can predict.
  private static func value(ofDigits text: UInt64, allowsUpperCase: Bool) -> UInt64? {
    let ones: UInt64 = 0x0101_0101_0101_0101
    let tops = ones << 7
    /// In the top bit of each byte whether it is one of these; true of bytes below 0x80 alone.
    func isIn(_ first: UInt8, _ last: UInt8) -> UInt64 {
      let rest = text & ~tops
      let reaches = rest &+ ones &* UInt64(0x80 - first)
      return reaches & ~(rest &+ ones &* UInt64(0x7F - last))
    }
    var letters = isIn(UInt8(ascii: "a"), UInt8(ascii: "f"))
    if allowsUpperCase { letters |= isIn(UInt8(ascii: "A"), UInt8(ascii: "F")) }
    let digits = isIn(UInt8(ascii: "0"), UInt8(ascii: "9"))
    guard (digits | letters) & ~text & tops == tops else { return nil }
    let nibbles = (text & (ones &* 0x0F)) &+ ((letters & tops) >> 7) &* 9
    let bytes = (nibbles | nibbles >> 4) & 0x00FF_00FF_00FF_00FF
    let pairs = (bytes | bytes >> 8) & 0x0000_FFFF_0000_FFFF
    return (pairs | pairs >> 16) & 0xFFFF_FFFF
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
