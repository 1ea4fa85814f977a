/// A UUID of version 7 (RFC 9562 section 5.7): 48 bits of Unix milliseconds, then randomness, so that
/// identifiers made later sort later. Its text is lower-case.
package struct UUIDv7: Hashable, Sendable, CustomStringConvertible {
  package let description: String

  /// - Parameters:
  ///   - instant: at or after 1970; only its milliseconds are used.
  ///   - random: 10 bytes, of which 74 bits are used.
  package init(instant: Instant, random: [UInt8]) {
    precondition(random.count == 10, "a UUIDv7 takes 10 random bytes")
    let milliseconds = UInt64(max(0, instant.microseconds) / 1000)
    var bytes = (0..<6).map { UInt8(truncatingIfNeeded: milliseconds >> (40 - 8 * UInt64($0))) }
    bytes += random
    bytes[6] = bytes[6] & 0x0F | 0x70
    bytes[8] = bytes[8] & 0x3F | 0x80
    let hex = Array("0123456789abcdef".utf8)
    var text: [UInt8] = []
    text.reserveCapacity(36)
    for (position, byte) in bytes.enumerated() {
      if [4, 6, 8, 10].contains(position) { text.append(45) }
      text.append(hex[Int(byte >> 4)])
      text.append(hex[Int(byte & 15)])
    }
    description = String(decoding: text, as: UTF8.self)
  }

  /// Reads the 36-character form, any letter case; `nil` when the text is not a UUID of version 7.
  package init?(_ text: some StringProtocol) {
    let bytes = Array(text.lowercased().utf8)
    guard bytes.count == 36 else { return nil }
    for (position, byte) in bytes.enumerated() {
      let dash = [8, 13, 18, 23].contains(position)
      guard dash ? byte == 45 : (48...57).contains(byte) || (97...102).contains(byte) else {
        return nil
      }
    }
    guard bytes[14] == UInt8(ascii: "7"), "89ab".utf8.contains(bytes[19]) else { return nil }
    description = String(decoding: bytes, as: UTF8.self)
  }

  /// What the journal holds, whose form was checked when it was written.
  init(recorded text: String) { description = text }
}

/// The identity of one event.
package typealias EventID = UUIDv7
/// The identity of one command, of a rollback, or of what one client did in one go.
package typealias CommandID = UUIDv7
