/// Reads RFC 4180 and nothing looser: what a strict program on the other side would understand.
enum CSVReader {
  struct Fault: Error {
    var offset: Int
    var expected: String
  }

  static func rows(_ bytes: [UInt8]) throws -> [[String]] {
    var rows: [[String]] = []
    var position = 0
    while position < bytes.count {
      var row = [try field(bytes, &position)]
      while position < bytes.count, bytes[position] == UInt8(ascii: ",") {
        position += 1
        row.append(try field(bytes, &position))
      }
      guard bytes[position...].starts(with: "\r\n".utf8) else {
        throw Fault(offset: position, expected: "CRLF")
      }
      position += 2
      rows.append(row)
    }
    return rows
  }

  private static func field(_ bytes: [UInt8], _ position: inout Int) throws -> String {
    let start = position
    guard position < bytes.count, bytes[position] == UInt8(ascii: "\"") else {
      while position < bytes.count, !",\r".utf8.contains(bytes[position]) {
        guard !"\"\n".utf8.contains(bytes[position]) else {
          throw Fault(offset: position, expected: "quotes around this field")
        }
        position += 1
      }
      return String(decoding: bytes[start..<position], as: UTF8.self)
    }
    var value: [UInt8] = []
    position += 1
    while position < bytes.count {
      let byte = bytes[position]
      position += 1
      guard byte == UInt8(ascii: "\"") else {
        value.append(byte)
        continue
      }
      guard position < bytes.count, bytes[position] == byte else {
        return String(decoding: value, as: UTF8.self)
      }
      value.append(byte)
      position += 1
    }
    throw Fault(offset: start, expected: "an end of the quotes")
  }
}
