import Testing

@testable import Connections

@Suite struct `An instant` {
  @Test(arguments: [
    ("1970-01-01T00:00:00.000000Z", 0),
    ("1970-01-01T00:00:00.000001Z", 1),
    ("1969-12-31T23:59:59.999999Z", -1),
    ("2026-11-23T07:52:00.000000Z", 1_795_420_320_000_000),
    ("2000-02-29T00:00:00.000000Z", 951_782_400_000_000),
    ("2100-03-01T00:00:00.000000Z", 4_107_542_400_000_000),
    ("1900-03-01T00:00:00.000000Z", -2_203_891_200_000_000),
    ("1600-02-29T12:34:56.000000Z", -11_670_953_104_000_000),
    ("0000-01-01T00:00:00.000000Z", -62_167_219_200_000_000),
    ("9999-12-31T23:59:59.999999Z", 253_402_300_799_999_999),
  ])
  func `is written as it is read`(text: String, microseconds: Int64) {
    #expect(Instant(text)?.microseconds == microseconds)
    #expect(Instant(microseconds: microseconds).description == text)
  }

  @Test(arguments: [
    ("2026-11-23T07:52:00Z", "2026-11-23T07:52:00.000000Z"),
    ("2026-11-23t07:52:00z", "2026-11-23T07:52:00.000000Z"),
    ("2026-11-23T07:52:00.1Z", "2026-11-23T07:52:00.100000Z"),
    ("2026-11-23T07:52:00.000Z", "2026-11-23T07:52:00.000000Z"),
    ("2026-11-23T07:52:00.0000019Z", "2026-11-23T07:52:00.000001Z"),
    ("2026-11-23T07:52:00.999999999Z", "2026-11-23T07:52:00.999999Z"),
    ("2026-11-23T09:52:00+02:00", "2026-11-23T07:52:00.000000Z"),
    ("2026-11-23T02:22:00.5-05:30", "2026-11-23T07:52:00.500000Z"),
    ("2027-01-01T00:30:00+01:00", "2026-12-31T23:30:00.000000Z"),
    ("2028-02-28T23:30:00-01:00", "2028-02-29T00:30:00.000000Z"),
    ("2026-11-23T07:52:00-00:00", "2026-11-23T07:52:00.000000Z"),
    ("2016-12-31T23:59:60Z", "2016-12-31T23:59:59.000000Z"),
  ])
  func `is read in any zone and to the microsecond`(text: String, utc: String) {
    #expect(Instant(text)?.description == utc)
  }

  @Test(arguments: [
    "", "now", "2026-11-23", "2026-11-23T07:52:00", "2026-11-23T07:52Z", "2026-11-23 07:52:00Z",
    "20261123T075200Z", "26-11-23T07:52:00Z", "+2026-11-23T07:52:00Z", "-001-11-23T07:52:00Z",
    "2026-00-23T07:52:00Z", "2026-13-23T07:52:00Z", "2026-11-00T07:52:00Z",
    "2026-11-31T07:52:00Z", "2026-02-29T07:52:00Z", "1900-02-29T07:52:00Z",
    "2100-02-29T07:52:00Z", "2026-11-23T24:00:00Z", "2026-11-23T07:60:00Z",
    "2026-11-23T07:52:61Z", "2026-11-23T07:52:00.Z", "2026-11-23T07:52:00,5Z",
    "2026-11-23T07:52:00.1234567890Z", "2026-11-23T07:52:00+2:00", "2026-11-23T07:52:00+0200",
    "2026-11-23T07:52:00+24:00", "2026-11-23T07:52:00+02:60", "2026-11-23T07:52:00+02",
    "2026-11-23T07:52:00ZZ", "2026-11-23T07:52:00Z ", " 2026-11-23T07:52:00Z",
    "２０２６-11-23T07:52:00Z",
  ])
  func `is nothing else than RFC 3339`(text: String) {
    #expect(Instant(text) == nil)
  }

  @Test(arguments: ["0000-01-01T00:00:00+00:01", "9999-12-31T23:59:59-00:01"])
  func `does not leave the years that it can write`(text: String) {
    #expect(Instant(text) == nil)
  }

  @Test(arguments: ["2026-11-23T07:52:00.123456Z", "0000-01-01T00:00:00.000000Z"])
  func `is read from the one form in which it is recorded`(text: String) {
    let read = Array(text.utf8).withUnsafeBytes { Instant(recorded: $0) }
    #expect(read == Instant(text))
    #expect(read?.description == text)
    #expect(text.utf8.count == Instant.textBytes)
  }

  @Test(arguments: [
    "", "2026-11-23T07:52:00Z", "2026-11-23t07:52:00.123456Z", "2026-11-23T07:52:00.123456z",
    "2026-11-23T07:52:00.12345Z", "2026-11-23T07:52:00.1234567Z", "2026-11-23T07:52:60.123456Z",
    "2026-11-23T24:00:00.000000Z", "2026-02-29T00:00:00.000000Z", "2026-13-01T00:00:00.000000Z",
    "2026-11-23T07:52:00.-12345Z", "2026-11-00T07:52:00.123456Z", "2026-11-23T07:60:00.123456Z",
    "2026/11/23T07:52:00.123456Z", "2026-11-23T07:52:00,123456Z", "2026-11-23T07:52+00.123456Z",
  ])
  func `is recorded in no other form`(text: String) {
    #expect(Array(text.utf8).withUnsafeBytes { Instant(recorded: $0) } == nil)
  }

  @Test func `counts the days as the calendar does`() {
    let lengths = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
    var days = -25_567
    for year in 1900...2110 {
      let isLeap = year.isMultiple(of: 4) && (!year.isMultiple(of: 100) || year.isMultiple(of: 400))
      for (month, length) in zip(1...12, lengths) {
        let text = "\(year)-\(month < 10 ? "0" : "")\(month)-01T00:00:00.000000Z"
        #expect(Instant(text)?.microseconds == Int64(days) * 86_400_000_000)
        #expect(Instant(microseconds: Int64(days) * 86_400_000_000).description == text)
        days += length + (month == 2 && isLeap ? 1 : 0)
      }
    }
  }

  @Test(arguments: [
    (-1_000_001, -2), (-1_000_000, -1), (-1, -1), (0, 0), (999_999, 0), (1_000_000, 1),
  ])
  func `has whole seconds, rounded towards the past`(microseconds: Int64, seconds: Int64) {
    #expect(Instant(microseconds: microseconds).epochSeconds == seconds)
  }

  @Test func `sorts as its text does`() {
    let moments = [-62_167_219_200_000_000, -1, 0, 999_999, 1_000_000, 1_795_420_320_000_000]
      .map { Instant(microseconds: $0) }
    #expect(moments == moments.sorted())
    #expect(moments.map(\.description) == moments.map(\.description).sorted())
  }

  @Test func `moves by seconds, both ways`() {
    let moment = Instant(microseconds: 500_000)
    #expect(moment.adding(seconds: 90).description == "1970-01-01T00:01:30.500000Z")
    #expect(moment.adding(seconds: -1).description == "1969-12-31T23:59:59.500000Z")
  }
}
