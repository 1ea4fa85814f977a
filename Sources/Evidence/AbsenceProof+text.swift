import Connections
import TransparencyLog

/// The form of the file: lines, in the manner of c2sp.org/tlog-proof.
extension AbsenceProof {
  package var bytes: [UInt8] {
    var lines = [Self.header, "app \(appID)", "from \(from)", "to \(to)"]
    for link in links {
      lines.append("event \(link.index) \(Base64.encode(link.entry))")
      lines += link.hashes.map { "hash \($0.base64)" }
    }
    if let tail {
      lines.append("tail \(tail.from)")
      lines += tail.peaks.map { "peak \($0.base64)" }
      lines += tail.entries.map { "entry \(Base64.encode($0))" }
    }
    return Array((lines.joined(separator: "\n") + "\n\n").utf8) + checkpoint
  }

  package init(parsing bytes: [UInt8]) throws(AbsenceFault) {
    guard
      let end = bytes.indices.dropLast().first(where: {
        bytes[$0] == 0x0A && bytes[$0 + 1] == 0x0A
      })
    else { throw .malformed("it ends in the middle") }
    var lines = String(decoding: bytes[..<end], as: UTF8.self)
      .split(separator: "\n", omittingEmptySubsequences: false)[...]
    guard lines.popFirst().map({ $0 == Self.header }) == true else {
      throw .malformed("it does not begin with \(Self.header)")
    }
    func value(_ name: String) throws(AbsenceFault) -> String {
      guard let line = lines.popFirst(), line.hasPrefix(name + " ") else {
        throw .malformed("\(name) is missing")
      }
      return String(line.dropFirst(name.count + 1))
    }
    func number(_ text: some StringProtocol) throws(AbsenceFault) -> Int {
      guard let number = Decimal.number(Array(text.utf8)) else {
        throw .malformed("\(text) is no number")
      }
      return number
    }
    guard let app = AppID(try value("app")) else { throw .malformed("app is none") }
    appID = app
    from = try number(try value("from"))
    to = try number(try value("to"))
    links = []
    tail = nil
    checkpoint = Array(bytes[(end + 2)...])
    for line in lines { try take(line, number) }
  }

  private mutating func take(
    _ line: Substring, _ number: (Substring) throws(AbsenceFault) -> Int
  ) throws(AbsenceFault) {
    let words = line.split(separator: " ", omittingEmptySubsequences: false)
    func bytes(_ text: Substring) throws(AbsenceFault) -> [UInt8] {
      guard let bytes = Base64.decode(String(text)) else {
        throw .malformed("\(words[0]) is not base64")
      }
      return bytes
    }
    func hash(_ text: Substring) throws(AbsenceFault) -> NodeHash {
      guard let hash = NodeHash(bytes: try bytes(text)) else {
        throw .malformed("\(words[0]) is no hash")
      }
      return hash
    }
    switch (words[0], words.count) {
    case ("event", 3) where tail == nil:
      links.append(
        Link(index: try number(words[1]), entry: try bytes(words[2]), hashes: []))
    case ("hash", 2) where tail == nil && !links.isEmpty:
      links[links.count - 1].hashes.append(try hash(words[1]))
    case ("tail", 2) where tail == nil:
      tail = Tail(from: try number(words[1]), peaks: [], entries: [])
    case ("peak", 2) where tail != nil: tail?.peaks.append(try hash(words[1]))
    case ("entry", 2) where tail != nil: tail?.entries.append(try bytes(words[1]))
    default: throw .malformed("a line begins with \(words[0].prefix(20))")
    }
  }
}
