import Testing

@testable import Connections

@Suite struct `The canonical writer` {
  private func written(_ fill: (inout CanonicalWriter) -> Void) -> String {
    String(decoding: CanonicalWriter.object(fill), as: UTF8.self)
  }

  @Test func `leaves out what is absent and writes what is false`() {
    let text = written { writer in
      writer.string("absent", nil)
      writer.boolean("false", false)
      writer.integer("integer", nil)
      writer.object("object") { _ in }
      writer.strings("strings", [])
      writer.boolean("true", true)
    }
    #expect(text == #"{"false":false,"object":{},"true":true}"#)
  }

  @Test func `writes nested values without a blank`() {
    let text = written { writer in
      writer.objects("list", [1, 2]) { $0.integer("n", $1) }
      writer.object("object") { writer in
        writer.object("inner") { $0.string("s", "x") }
        writer.strings("words", ["a", "b"])
      }
      writer.integer("z", -7)
    }
    #expect(
      text == #"{"list":[{"n":1},{"n":2}],"object":{"inner":{"s":"x"},"words":["a","b"]},"z":-7}"#)
  }

  @Test(arguments: [0, -1, 42, 1_795_420_320, Int.max])
  func `writes integers as they are`(value: Int) {
    #expect(written { $0.integer("n", value) } == #"{"n":\#(value)}"#)
  }

  @Test(arguments: CanonicalText.escapes)
  func `escapes as RFC 8785 does`(text: String, escaped: String) {
    #expect(written { $0.string("s", text) } == #"{"s":"\#(escaped)"}"#)
  }
}

@Suite struct `The canonical reader` {
  struct Shape: Equatable {
    var count: Int
    var flag: Bool
    var inner: String?
    var name: String
    var words: [String]
  }

  private func read(_ bytes: [UInt8]) throws -> Shape {
    try bytes.withUnsafeBytes { lent in
      try CanonicalReader.object(lent) { (reader) throws(EventFault) in
        Shape(
          count: try reader.integer("count"), flag: try reader.boolean("flag"),
          inner: try reader.optionalObject("inner") { (reader) throws(EventFault) in
            try reader.string("s")
          },
          name: try reader.string("name"), words: try reader.strings("words"))
      }
    }
  }

  private func read(_ text: String) throws -> Shape { try read(Array(text.utf8)) }

  @Test(arguments: [
    (
      #"{"count":-7,"flag":true,"inner":{"s":"y"},"name":"x","words":["a","b"]}"#,
      Shape(count: -7, flag: true, inner: "y", name: "x", words: ["a", "b"])
    ),
    (
      #"{"count":9223372036854775807,"flag":false,"name":""}"#,
      Shape(count: .max, flag: false, inner: nil, name: "", words: [])
    ),
  ])
  func `reads what the writer writes`(text: String, shape: Shape) throws {
    #expect(try read(text) == shape)
  }

  @Test(arguments: CanonicalText.escapes)
  func `reads each escape back`(text: String, escaped: String) throws {
    #expect(try read(#"{"count":1,"flag":true,"name":"\#(escaped)"}"#).name == text)
  }

  @Test(arguments: [
    // White space, wherever JSON would allow it.
    (#" {"count":1,"flag":true,"name":"x"}"#, 0, "an object"),
    (#"{ "count":1,"flag":true,"name":"x"}"#, 1, #"the field "count""#),
    (#"{"count": 1,"flag":true,"name":"x"}"#, 9, "an integer"),
    (#"{"count":1 ,"flag":true,"name":"x"}"#, 10, #"the field "flag""#),
    (#"{"count":1,"flag":true,"name":"x"}"# + "\n", 34, "the end of the body"),
    // Keys: another order, one too many, one too few, one twice.
    (#"{"flag":true,"count":1,"name":"x"}"#, 1, #"the field "count""#),
    (#"{"a":0,"count":1,"flag":true,"name":"x"}"#, 1, #"the field "count""#),
    (#"{"count":1,"extra":0,"flag":true,"name":"x"}"#, 10, #"the field "flag""#),
    (#"{"count":1,"flag":true,"name":"x","z":0}"#, 33, "no further field"),
    (#"{"count":1,"count":1,"flag":true,"name":"x"}"#, 10, #"the field "flag""#),
    (#"{"count":1,"flag":true,"name":"x","name":"x"}"#, 33, "no further field"),
    (#"{"count":1,"name":"x"}"#, 10, #"the field "flag""#),
    (#"{"count":1,"flag":true}"#, 22, #"the field "name""#),
    (#"{"count":1,"flag":true,"inner":{},"name":"x"}"#, 32, #"the field "s""#),
    // Values of another kind.
    (#"{"count":null,"flag":true,"name":"x"}"#, 9, "an integer"),
    (#"{"count":"1","flag":true,"name":"x"}"#, 9, "an integer"),
    (#"{"count":1,"flag":1,"name":"x"}"#, 18, "true or false"),
    (#"{"count":1,"flag":true,"name":null}"#, 30, "a text"),
    (#"{"count":1,"flag":true,"name":"x","words":"a"}"#, 42, "a list"),
    (#"{"count":1,"flag":true,"name":"x","words":[]}"#, 43, "a text"),
    (#"{"count":1,"flag":true,"name":"x","words":["a",]}"#, 47, "a text"),
    (#"{"count":1,"flag":true,"inner":[],"name":"x"}"#, 31, "an object"),
    // Numbers that are no integers of 64 bits.
    (#"{"count":1.0,"flag":true,"name":"x"}"#, 10, #"the field "flag""#),
    (#"{"count":1e3,"flag":true,"name":"x"}"#, 10, #"the field "flag""#),
    (#"{"count":+1,"flag":true,"name":"x"}"#, 9, "an integer"),
    (#"{"count":-,"flag":true,"name":"x"}"#, 10, "an integer"),
    (#"{"count":9223372036854775808,"flag":true,"name":"x"}"#, 27, "an integer of 64 bits"),
    // Escapes that nobody needs.
    (#"{"count":1,"flag":true,"name":"\/"}"#, 33, "an escape of RFC 8785"),
    (#"{"count":1,"flag":true,"name":"\u12"}"#, 33, "an escaped control character"),
    (#"{"count":1,"flag":true,"name":"\u20ac"}"#, 33, "an escaped control character"),
    ("", 0, "an object"), ("{}", 1, #"the field "count""#), ("[]", 0, "an object"),
  ])
  func `stops at what is not canonical`(text: String, offset: Int, expected: String) {
    #expect(throws: EventFault.malformed(offset: offset, expected: expected)) { try read(text) }
  }

  /// JSON, but not the one form that is hashed: reading it would give a value with other bytes.
  @Test(arguments: [
    #"{"count":01,"flag":true,"name":"x"}"#, #"{"count":-0,"flag":true,"name":"x"}"#,
    #"{"count":1,"flag":true,"name":"\u0041"}"#, #"{"count":1,"flag":true,"name":"\u00e9"}"#,
    #"{"count":1,"flag":true,"name":"\u+01f"}"#,
    #"{"count":1,"flag":true,"name":"\u001F"}"#, #"{"count":1,"flag":true,"name":"\u0008"}"#,
    #"{"count":1,"flag":true,"name":"\u000a"}"#, #"{"count":1,"flag":true,"name":"\u007f"}"#,
    "{\"count\":1,\"flag\":true,\"name\":\"a\tb\"}",
    "{\"count\":1,\"flag\":true,\"name\":\"\\\\a\tb\"}",
  ])
  func `knows one form of each value alone`(text: String) {
    #expect(throws: EventFault.self) { try read(text) }
  }

  @Test(arguments: [[0xff], [0xc3], [0xed, 0xa0, 0x80], [0xc0, 0xaf]] as [[UInt8]])
  func `repairs no text that is not UTF-8`(bytes: [UInt8]) {
    let head = Array(#"{"count":1,"flag":true,"name":""#.utf8)
    #expect(throws: EventFault.self) { try read(head + bytes + Array(#""}"#.utf8)) }
  }

  @Test func `stops at each cut`() throws {
    let whole = #"{"count":-7,"flag":true,"inner":{"s":"\ny"},"name":"x","words":["a"]}"#
    _ = try read(whole)
    for length in 0..<whole.utf8.count {
      #expect(throws: EventFault.self, "\(length) bytes") {
        try read(Array(whole.utf8.prefix(length)))
      }
    }
  }
}

enum CanonicalText {
  /// Texts, and how they stand between the quotes.
  static let escapes: [(String, String)] =
    [
      ("plain", "plain"), ("\"", #"\""#), ("\\", #"\\"#), ("a\\\"b", #"a\\\"b"#), ("/", "/"),
      ("\u{08}", #"\b"#), ("\t", #"\t"#), ("\n", #"\n"#), ("\u{0C}", #"\f"#), ("\r", #"\r"#),
      ("\u{00}", #"\u0000"#), ("\u{0B}", #"\u000b"#), ("\u{1F}", #"\u001f"#),
      ("\u{7F}", "\u{7F}"), ("é", "é"), ("e\u{301}", "e\u{301}"), ("🔑", "🔑"),
      ("\u{2028}", "\u{2028}"), ("\r\n", #"\r\n"#), ("\nå\\", #"\nå\\"#),
    ]
}
