import Testing

@testable import Connections

@Suite struct `A UUID of version 7` {
  /// The example of RFC 9562, appendix A.6.
  static let example = "017f22e2-79b0-7cc3-98c4-dc0c0c07398f"
  static let instant = Instant(microseconds: 1_645_557_742_000_000)

  @Test func `is made of a moment and of random bits`() {
    let random: [UInt8] = [0x0c, 0xc3, 0x18, 0xc4, 0xdc, 0x0c, 0x0c, 0x07, 0x39, 0x8f]
    #expect(UUIDv7(instant: Self.instant, random: random).description == Self.example)
  }

  @Test(arguments: [
    (0x00, "017f22e2-79b0-7000-8000-000000000000"), (0xff, "017f22e2-79b0-7fff-bfff-ffffffffffff"),
  ])
  func `keeps version and variant, whatever the random bits`(byte: UInt8, text: String) {
    let random = [UInt8](repeating: byte, count: 10)
    #expect(UUIDv7(instant: Self.instant, random: random).description == text)
  }

  @Test func `begins with zeros before 1970`() {
    let id = UUIDv7(instant: Instant(microseconds: -5), random: [UInt8](repeating: 0, count: 10))
    #expect(id.description == "00000000-0000-7000-8000-000000000000")
  }

  @Test func `sorts by the millisecond in which it was made`() {
    func id(_ milliseconds: Int64, _ byte: UInt8) -> String {
      UUIDv7(
        instant: Instant(microseconds: milliseconds * 1000),
        random: [UInt8](repeating: byte, count: 10)
      ).description
    }
    #expect(id(1_795_420_320_000, 0xff) < id(1_795_420_320_001, 0x00))
  }

  @Test(arguments: [example, example.uppercased()])
  func `is read in any letter case and written in lower case`(text: String) {
    #expect(UUIDv7(text)?.description == Self.example)
  }

  @Test(arguments: [
    "", "017f22e279b07cc398c4dc0c0c07398f", "{017f22e2-79b0-7cc3-98c4-dc0c0c07398f}",
    "017f22e2-79b0-7cc3-98c4-dc0c0c07398", "017f22e2-79b0-7cc3-98c4-dc0c0c07398ff",
    "017f22e2-79b0-4cc3-98c4-dc0c0c07398f", "017f22e2-79b0-7cc3-78c4-dc0c0c07398f",
    "017f22e2-79b0-7cc3-c8c4-dc0c0c07398f", "017f22e-279b0-7cc3-98c4-dc0c0c07398f",
    "017g22e2-79b0-7cc3-98c4-dc0c0c07398f", " 17f22e2-79b0-7cc3-98c4-dc0c0c07398f",
  ])
  func `is nothing that only resembles one`(text: String) {
    #expect(UUIDv7(text) == nil)
    #expect(Array(text.utf8).withUnsafeBytes { UUIDv7(recorded: $0) } == nil)
  }

  @Test func `is recorded in lower case alone`() {
    func recorded(_ text: String) -> UUIDv7? {
      Array(text.utf8).withUnsafeBytes { UUIDv7(recorded: $0) }
    }
    #expect(recorded(Self.example) == UUIDv7(Self.example))
    #expect(recorded(Self.example.uppercased()) == nil)
  }
}

@Suite struct `An app id` {
  @Test(arguments: [
    "0oaZSCALER0000000001", "nonexistent123", "invalid-app-id-12345", "x", "a?b", "a;b", "a%2Fb",
    "å", String(repeating: "x", count: 256),
  ])
  func `is whatever a client may write in a path segment`(text: String) {
    #expect(AppID(text)?.description == text)
  }

  @Test(arguments: [
    "", " ", "a b", "a/b", "/", "a\n", "\ta", "a\u{7f}", "\0", String(repeating: "x", count: 257),
    String(repeating: "å", count: 129),
  ])
  func `is nothing that cannot be a segment`(text: String) {
    #expect(AppID(text) == nil)
  }

  @Test(arguments: [".", ".."])
  func `is no segment that a path loses on its way`(text: String) {
    #expect(AppID(text) == nil)
  }

  @Test func `sorts by its text`() {
    let ids = ["0oaB", "0oaA", "0oa"].map(AppID.init(recorded:))
    #expect(ids.sorted().map(\.description) == ["0oa", "0oaA", "0oaB"])
  }
}

@Suite struct `A stream` {
  @Test func `is named after its connection, or after the access`() throws {
    let app = try #require(AppID("access"))
    #expect(StreamID.connection(app).description == "app/access")
    #expect(StreamID.connection(app).appID == app)
    #expect(StreamID.access.description == "access")
    #expect(StreamID.access.appID == nil)
  }
}

@Suite struct `A role` {
  @Test func `includes those below it`() {
    #expect(Role.allCases.sorted() == [.reviewer, .operator, .admin])
    #expect(Role.operator >= .operator)
    #expect(Role.reviewer < .admin)
  }
}
