import Testing

@testable import OktaAPI

@Suite struct `JSON` {
  private func parse(_ text: String) throws(JSONFault) -> JSONValue {
    try JSONValue(parsing: Array(text.utf8))
  }

  private func printed(_ value: JSONValue) -> String {
    String(decoding: value.bytes, as: UTF8.self)
  }

  @Test(arguments: [
    "null", "true", "false", "0", "-0", "7", "-12", "1.0", "0.10", "1e5", "1E+05", "-2.50e-07",
    "12345678901234567890123456789.000000000000000000001", #""""#, #""x""#, #""å🔑""#, "[]",
    "[1,[],{}]", "{}", #"{"b":1,"a":{"z":null,"y":[true,false]}}"#, #"{"":""}"#,
    #""\"\\\n\r\t\u0000\u001f""#,
  ])
  func `is printed as it was read`(text: String) throws {
    #expect(printed(try parse(text)) == text)
  }

  @Test(arguments: [
    (" \t\r\n{ \"a\" : [ 1 , 2 ] }\n ", #"{"a":[1,2]}"#), (#""\/""#, #""/""#),
    (#""\u0041\u00e9\u20AC""#, #""Aé€""#), (#""\ud83d\uDD11""#, #""🔑""#),
    (#""\b\f""#, #""\u0008\u000c""#), (#""\u000a""#, #""\n""#),
  ])
  func `is printed in its shortest form`(text: String, compact: String) throws {
    #expect(printed(try parse(text)) == compact)
  }

  @Test(arguments: [
    ("", 0), (" ", 1), ("nul", 0), ("True", 0), ("undefined", 0), ("NaN", 0), ("'x'", 0),
    ("1 2", 2), ("{}{}", 2), ("null,", 4), ("\u{FEFF}{}", 0),
    ("01", 1), ("+1", 0), (".5", 0), ("1.", 2), ("-", 1), ("1e", 2), ("1e+", 3), ("--1", 1),
    ("0x10", 1), ("1.5.2", 3),
    ("[", 1), ("[1", 2), ("[1,", 3), ("[1,]", 3), ("[,1]", 1), ("[1 2]", 3), ("]", 0),
    ("{", 1), (#"{"a"}"#, 4), (#"{"a":}"#, 5), (#"{"a":1,}"#, 7), (#"{a:1}"#, 1),
    (#"{"a":1"#, 6), (#"{"a" 1}"#, 5), (#"{1:2}"#, 1), (#"{"a":1;"b":2}"#, 6),
    (#"""#, 1), (#""abc"#, 4), (#""\"#, 2), (#""\x""#, 2), (#""\u12""#, 3), (#""\u12g4""#, 3),
    ("\"a\nb\"", 2), ("\"\u{0}\"", 1), ("\"\u{1F}\"", 1), ("\"a\tb\"", 2),
  ])
  func `is refused at the first byte that is wrong`(text: String, offset: Int) {
    let fault = #expect(throws: JSONFault.self) { try parse(text) }
    #expect(fault?.offset == offset)
  }

  @Test(arguments: [
    #""\ud83d""#, #""\ud83dx""#, #""\ud83d\n""#, #""\ud83d\u0041""#, #""\ud83d\ud83d""#,
    #""\udd11""#, #""\udd11\ud83d""#, #""\ud83d\u""#,
  ])
  func `is refused with half a surrogate pair`(text: String) {
    #expect(throws: JSONFault.self) { try parse(text) }
  }

  @Test(arguments: [[0xFF], [0xC3], [0xC0, 0xAF], [0xED, 0xA0, 0x80], [0xF5, 0x80, 0x80, 0x80]])
  func `is refused when a text is not UTF-8`(bytes: [UInt8]) {
    #expect(throws: JSONFault.self) {
      try JSONValue(parsing: [UInt8(ascii: "\"")] + bytes + [UInt8(ascii: "\"")])
    }
    #expect(throws: JSONFault.self) { try JSONValue(parsing: bytes) }
  }

  @Test(arguments: [
    (#"{"a":1,"a":1}"#, 7), (#"{"a":1,"b":2,"\u0061":3}"#, 13), (#"[{"x":{"k":1,"k":2}}]"#, 13),
  ])
  func `is refused when a key stands twice`(text: String, offset: Int) {
    #expect(throws: JSONFault(offset: offset, expected: "a key that does not stand twice")) {
      try parse(text)
    }
  }

  @Test func `may use one key in several objects`() throws {
    let text = #"{"a":{"a":[{"a":1},{"a":2}]}}"#
    #expect(printed(try parse(text)) == text)
  }

  @Test(arguments: [("[", "]"), (#"{"a":"#, "}")])
  func `is nested up to 64 deep and no deeper`(open: String, close: String) throws {
    func nested(_ depth: Int, _ inner: String) -> String {
      String(repeating: open, count: depth) + inner + String(repeating: close, count: depth)
    }
    #expect(printed(try parse(nested(63, "1"))) == nested(63, "1"))
    let innermost = String(open.prefix(1)) + close
    #expect(printed(try parse(nested(63, innermost))) == nested(63, innermost))
    #expect(throws: JSONFault.self) { try parse(nested(64, innermost)) }
    #expect(throws: JSONFault.self) { try parse(nested(100_000, "1")) }
    #expect(throws: JSONFault.self) { try parse(String(repeating: open, count: 100_000)) }
  }

  @Test func `says where a text stands`() throws {
    let text = #"{"a": "one", "b": ["two"]}"#
    let value = try parse(text)
    guard case .string("one", let one)? = value["a"],
      case .string("two", let two)? = value["b"]?.elements?.first
    else {
      Issue.record("\(value) has other texts")
      return
    }
    let bytes = Array(text.utf8)
    #expect(String(decoding: bytes[one], as: UTF8.self) == #""one""#)
    #expect(String(decoding: bytes[two], as: UTF8.self) == #""two""#)
  }
}

@Suite struct `A JSON value` {
  static let value: JSONValue = [
    "text": "x", "number": 12, "flag": true, "list": [1, "two"], "none": nil,
    "object": ["inner": "y"],
  ]

  @Test func `is written in code as it is in JSON`() {
    #expect(
      String(decoding: Self.value.bytes, as: UTF8.self)
        == #"{"text":"x","number":12,"flag":true,"list":[1,"two"],"none":null,"#
        + #""object":{"inner":"y"}}"#)
  }

  @Test func `gives its parts, each by its kind`() {
    let value = Self.value
    #expect(value["text"]?.text == "x")
    #expect(value["number"]?.integer == 12)
    #expect(value["flag"]?.boolean == true)
    #expect(value["list"]?.elements?.count == 2)
    #expect(value["object"]?["inner"]?.text == "y")
    #expect(value["none"] == .null)
    #expect(value.members?.map(\.key) == ["text", "number", "flag", "list", "none", "object"])
    #expect(value["absent"] == nil)
    #expect(value["text"]?.integer == nil)
    #expect(value["number"]?.text == nil)
    #expect(value["list"]?.members == nil)
    #expect(value["list"]?["x"] == nil)
    #expect(JSONValue.number("1.5").integer == nil)
  }

  @Test func `is null where there is nothing`() {
    #expect(JSONValue(String?.none) == .null)
    #expect(JSONValue(Int?.none) == .null)
    #expect(JSONValue("x" as String?).text == "x")
    #expect(JSONValue(3 as Int?).integer == 3)
  }
}
