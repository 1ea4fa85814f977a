/// A ZIP archive without compression, of which the same files always give the same bytes. So a
/// reader finds any change of its own structure by writing it anew.
package enum StoredZip {
  package struct File: Hashable, Sendable {
    package var name: String
    package var bytes: [UInt8]

    package init(_ name: String, _ bytes: [UInt8]) {
      self.name = name
      self.bytes = bytes
    }
  }

  package enum Fault: Error, Hashable, Sendable {
    case notAnArchive
    case cut
    /// Its first byte that is not as we write it, and the file to which that belongs.
    case altered(at: Int, in: String?)
  }

  package static func encode(_ files: [File]) -> [UInt8] {
    var out: [UInt8] = []
    var directory: [UInt8] = []
    for file in files {
      let offset = out.count
      // Version, UTF-8 names, stored, 1980-01-01, and then what differs.
      let fields =
        word(20) + word(0x0800) + word(0) + word(0) + word(0x0021)
        + long(crc(file.bytes)) + long(file.bytes.count) + long(file.bytes.count)
        + word(file.name.utf8.count) + word(0)
      out += long(0x0403_4B50) + fields + Array(file.name.utf8) + file.bytes
      directory +=
        long(0x0201_4B50) + word(20) + fields + word(0) + word(0) + word(0) + long(0)
        + long(offset) + Array(file.name.utf8)
    }
    let start = out.count
    out += directory
    out +=
      long(0x0605_4B50) + word(0) + word(0) + word(files.count) + word(files.count)
      + long(directory.count) + long(start) + word(0)
    return out
  }

  package static func decode(_ bytes: [UInt8]) throws(Fault) -> [File] {
    guard bytes.starts(with: long(0x0403_4B50)) else { throw .notAnArchive }
    func number(_ place: Int, _ count: Int) -> Int {
      (0..<count).reduce(0) { $0 | Int(bytes[place + $1]) << (8 * $1) }
    }
    var files: [File] = []
    var place = 0
    while place + 30 <= bytes.count, number(place, 4) == 0x0403_4B50 {
      let (size, nameSize) = (number(place + 18, 4), number(place + 26, 2))
      let name = place + 30
      guard name + nameSize + size <= bytes.count else { throw .cut }
      files.append(
        File(
          String(decoding: bytes[name..<name + nameSize], as: UTF8.self),
          Array(bytes[(name + nameSize)..<(name + nameSize + size)])))
      place = name + nameSize + size
    }
    let anew = encode(files)
    var start = 0
    guard anew == bytes else {
      let place = Array(zip(anew, bytes).prefix { $0 == $1 }).count
      throw .altered(
        at: place,
        in: files.first { file in
          defer { start += 30 + file.name.utf8.count + file.bytes.count }
          return (start..<start + 30 + file.name.utf8.count + file.bytes.count).contains(place)
        }?.name)
    }
    return files
  }

  private static func word(_ value: Int) -> [UInt8] {
    (0..<2).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
  }

  private static func long(_ value: Int) -> [UInt8] {
    (0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
  }

  private static let table: [UInt32] = (0..<256).map { number in
    (0..<8).reduce(UInt32(number)) { value, _ in
      value & 1 == 1 ? value >> 1 ^ 0xEDB8_8320 : value >> 1
    }
  }

  private static func crc(_ bytes: [UInt8]) -> Int {
    let crc = bytes.reduce(~UInt32(0)) { $0 >> 8 ^ table[Int(UInt8(truncatingIfNeeded: $0) ^ $1)] }
    return Int(~crc)
  }
}
