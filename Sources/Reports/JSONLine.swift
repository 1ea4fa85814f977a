/// Lines of JSON, lossless: what CSV has to write as a word, or guard with an apostrophe, is told
/// apart here.
package enum JSONLine {
  /// An object with these keys in this order, and a line feed.
  package static func row(_ keys: [String], _ values: [ReportValue]) -> [UInt8] {
    var bytes: [UInt8] = [UInt8(ascii: "{")]
    for (position, (key, value)) in zip(keys, values).enumerated() {
      if position > 0 { bytes.append(UInt8(ascii: ",")) }
      append(key, to: &bytes)
      bytes.append(UInt8(ascii: ":"))
      append(value, to: &bytes)
    }
    bytes += "}\n".utf8
    return bytes
  }

  static func append(_ value: ReportValue, to bytes: inout [UInt8]) {
    switch value {
    case .text(let text): append(text, to: &bytes)
    case .number(let number): bytes += String(number).utf8
    case .flag(let flag): bytes += (flag ? "true" : "false").utf8
    case .empty: bytes += "null".utf8
    case .unknown: bytes += #"{"is":"unknown"}"#.utf8
    case .notObserved: bytes += #"{"is":"notObserved"}"#.utf8
    case .redacted: bytes += #"{"is":"redacted"}"#.utf8
    }
  }

  /// RFC 8259 section 7.
  static func append(_ text: String, to bytes: inout [UInt8]) {
    let digits = Array("0123456789abcdef".utf8)
    bytes.append(UInt8(ascii: "\""))
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"):
        bytes.append(UInt8(ascii: "\\"))
        bytes.append(byte)
      case 0x0A: bytes += #"\n"#.utf8
      case 0x0D: bytes += #"\r"#.utf8
      case 0x09: bytes += #"\t"#.utf8
      case 0..<0x20:
        bytes += #"\u00"#.utf8
        bytes.append(digits[Int(byte >> 4)])
        bytes.append(digits[Int(byte & 15)])
      default: bytes.append(byte)
      }
    }
    bytes.append(UInt8(ascii: "\""))
  }
}

/// A JSON value that is written member by member, for lines whose shape others have fixed.
indirect enum Written {
  case text(String)
  case number(Int)
  case object([(String, Written?)])
  case list([Written])
  case value(ReportValue)

  func append(to bytes: inout [UInt8]) {
    switch self {
    case .text(let text): JSONLine.append(text, to: &bytes)
    case .number(let number): bytes += String(number).utf8
    case .value(let value): JSONLine.append(value, to: &bytes)
    case .list(let values):
      bytes.append(UInt8(ascii: "["))
      for (position, value) in values.enumerated() {
        if position > 0 { bytes.append(UInt8(ascii: ",")) }
        value.append(to: &bytes)
      }
      bytes.append(UInt8(ascii: "]"))
    case .object(let members):
      bytes.append(UInt8(ascii: "{"))
      var isFirst = true
      for (key, value) in members {
        guard let value else { continue }
        if !isFirst { bytes.append(UInt8(ascii: ",")) }
        isFirst = false
        JSONLine.append(key, to: &bytes)
        bytes.append(UInt8(ascii: ":"))
        value.append(to: &bytes)
      }
      bytes.append(UInt8(ascii: "}"))
    }
  }

  var line: [UInt8] {
    var bytes: [UInt8] = []
    append(to: &bytes)
    bytes.append(UInt8(ascii: "\n"))
    return bytes
  }
}
