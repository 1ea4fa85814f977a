import Foundation
import OktaAPI

/// Standard output, written through at once, for whoever waits for a line.
enum Output {
  static func line(_ text: String) {
    print(text)
    fflush(nil)
  }

  static func json(_ value: JSONValue) { line(String(decoding: value.bytes, as: UTF8.self)) }

  static func bytes(_ bytes: [UInt8]) throws {
    try FileHandle.standardOutput.write(contentsOf: bytes)
  }

  static func note(_ text: String) {
    FileHandle.standardError.write(Data((text + "\n").utf8))
  }
}
