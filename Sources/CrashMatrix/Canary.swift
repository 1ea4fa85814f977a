import Foundation

/// Texts that stand in no file, in clear or in any of the usual dresses.
struct Canary: Sendable {
  private let needles: [[UInt8]]

  init(_ texts: String...) { self.init(texts) }

  init(_ texts: [String]) {
    needles = Set(texts.flatMap(Self.dresses)).map { Array($0.utf8) }
  }

  /// Bytes that stand nowhere as they are.
  init(bytes: [[UInt8]]) { needles = bytes }

  private static func dresses(_ text: String) -> [String] {
    let bytes = Array(text.utf8)
    let hex = bytes.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
    let percent = text.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? text
    let base64 = (0..<3).map { Self.base64(bytes, shift: $0) }
    let base64URL = base64.map {
      $0.replacing("+", with: "-").replacing("/", with: "_")
    }
    return [
      text, hex, hex.uppercased(), percent, percent.lowercased(),
      text.replacing("/", with: "\\/"),
    ] + base64 + base64URL
  }

  /// The characters of Base64 that depend on these bytes alone, when they begin at the first,
  /// second or third place of a group.
  private static func base64(_ bytes: [UInt8], shift: Int) -> String {
    let encoded = Data([UInt8](repeating: 0, count: shift) + bytes).base64EncodedString()
    let whole = encoded.prefix((shift + bytes.count) * 8 / 6)
    return String(whole.dropFirst(shift == 0 ? 0 : shift + 1))
  }

  func leaks(in files: [String: [UInt8]]) -> [BrokenPromise] {
    finds(in: files).map { BrokenPromise(.sealed, "a secret stands in \($0)") }
  }

  /// The names of the files in which one of them stands.
  func finds(in files: [String: [UInt8]]) -> [String] {
    files.keys.sorted().filter { name in
      files[name]?.withUnsafeBytes { file in
        needles.contains { Self.stands($0, in: file) }
      } == true
    }
  }

  private static func stands(_ needle: [UInt8], in file: UnsafeRawBufferPointer) -> Bool {
    guard let start = file.baseAddress, let first = needle.first else { return false }
    var place = 0
    while place + needle.count <= file.count,
      let found = memchr(start + place, Int32(first), file.count - needle.count + 1 - place)
    {
      if memcmp(found, needle, needle.count) == 0 { return true }
      place = UnsafeRawPointer(found) - start + 1
    }
    return false
  }
}
