import Foundation
import OktaAPI

/// Standard output, written through at once, for whoever waits for a line.
enum Output {
  /// Lines for people, made harmless.
  static func line(_ text: String) { styled(text.harmless) }

  /// Lines with colours of ours; whatever others wrote is harmless already.
  static func styled(_ text: String) {
    print(text)
    fflush(nil)
  }

  static func json(_ value: JSONValue) { styled(String(decoding: value.bytes, as: UTF8.self)) }

  static func bytes(_ bytes: [UInt8]) throws {
    try FileHandle.standardOutput.write(contentsOf: bytes)
  }

  static func note(_ text: String) {
    FileHandle.standardError.write(Data((text.harmless + "\n").utf8))
  }
}
