/// An answer as one run of bytes, for a sealed copy: the status, the headers that go to clients, an
/// empty line, and the body byte for byte.
extension OktaAnswer {
  package var kept: [UInt8] {
    let headers = HeaderPolicy.towardsClient(headers).map { "\($0.name): \($0.value)\n" }
    return Array("\(status)\n".utf8) + headers.flatMap { Array($0.utf8) } + [10] + body
  }

  /// `nil` for bytes of another form.
  package init?(kept bytes: [UInt8]) {
    var rest = bytes[...]
    func line() -> String? {
      guard let end = rest.firstIndex(of: 10) else { return nil }
      defer { rest = rest[(end + 1)...] }
      return String(decoding: rest[..<end], as: UTF8.self)
    }
    guard let status = line().flatMap(Int.init) else { return nil }
    var headers: [Header] = []
    while let text = line(), !text.isEmpty {
      guard let colon = text.utf8.firstIndex(of: UInt8(ascii: ":")) else { return nil }
      headers.append(Header(String(text[..<colon]), String(text[colon...].dropFirst(2))))
    }
    self.init(status: status, headers: headers, body: Array(rest), durationMicroseconds: 0)
  }
}
