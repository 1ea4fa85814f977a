/// A moment in UTC, in whole microseconds since 1970-01-01T00:00:00Z.
///
/// Written as RFC 3339 with exactly six decimals, so that texts sort as the moments do. Range: the
/// years 0000 to 9999. Reading a clock is for the rooms above; this room only has values.
package struct Instant: Hashable, Comparable, Sendable {
  package let microseconds: Int64

  package init(microseconds: Int64) {
    self.microseconds = microseconds
  }

  /// Reads RFC 3339 with an upper-case or lower-case `T` and a zone, and 0 to 9 decimals (those
  /// past the sixth are cut). `nil` when the text is anything else.
  package init?(_ text: some StringProtocol) {
    var digits = Digits(text.utf8)
    guard let year = digits.number(4), digits.skip("-"),
      let month = digits.number(2), (1...12).contains(month), digits.skip("-"),
      let day = digits.number(2), day >= 1, day <= Self.daysIn(month: month, year: year),
      digits.skip("T", or: "t"),
      let hour = digits.number(2), hour < 24, digits.skip(":"),
      let minute = digits.number(2), minute < 60, digits.skip(":"),
      let second = digits.number(2), second <= 60
    else { return nil }
    let fraction = digits.skip(".") ? digits.fraction() : 0
    guard let fraction, let offset = digits.zoneOffsetSeconds(), digits.isAtEnd else { return nil }
    let days = Self.daysSinceEpoch(year: year, month: month, day: day)
    let seconds = days * 86_400 + Int64(hour * 3600 + minute * 60 + min(second, 59)) - offset
    guard Self.range.contains(seconds) else { return nil }
    microseconds = seconds * 1_000_000 + fraction
  }

  /// The seconds since the epoch of the years 0000 to 9999.
  private static let range = Int64(-62_167_219_200)..<Int64(253_402_300_800)

  /// The length of the recorded form.
  package static let textBytes = 27

  /// Reads the recorded form, `2026-11-23T07:52:00.000000Z`, and no other.
  package init?(recorded bytes: UnsafeRawBufferPointer) {
    guard bytes.count == Self.textBytes, bytes[4] == UInt8(ascii: "-"),
      bytes[7] == UInt8(ascii: "-"), bytes[10] == UInt8(ascii: "T"),
      bytes[13] == UInt8(ascii: ":"), bytes[16] == UInt8(ascii: ":"),
      bytes[19] == UInt8(ascii: "."), bytes[26] == UInt8(ascii: "Z")
    else { return nil }
    var areDigits = true
    func pair(_ start: Int) -> Int {
      let (tens, ones) = (bytes[start] &- 48, bytes[start + 1] &- 48)
      areDigits = areDigits && tens < 10 && ones < 10
      return Int(tens) * 10 + Int(ones)
    }
    let (year, month, day) = (pair(0) * 100 + pair(2), pair(5), pair(8))
    let (hour, minute, second) = (pair(11), pair(14), pair(17))
    let fraction = (pair(20) * 100 + pair(22)) * 100 + pair(24)
    guard areDigits, (1...12).contains(month), day >= 1,
      day <= Self.daysIn(month: month, year: year), hour < 24, minute < 60, second < 60
    else { return nil }
    let days = Self.daysSinceEpoch(year: year, month: month, day: day)
    let seconds = days * 86_400 + Int64(hour * 3600 + minute * 60 + second)
    microseconds = seconds * 1_000_000 + Int64(fraction)
  }

  package static func < (left: Self, right: Self) -> Bool {
    left.microseconds < right.microseconds
  }

  package func adding(seconds: Int64) -> Instant {
    Instant(microseconds: microseconds + seconds * 1_000_000)
  }

  /// Whole seconds since the epoch, rounded towards the past.
  package var epochSeconds: Int64 {
    (microseconds - (microseconds % 1_000_000 + 1_000_000) % 1_000_000) / 1_000_000
  }

  // Days from a civil date and back: the proleptic Gregorian calendar counted in eras of 400 years
  // that begin in March, so that the leap day is the last of its year.
  static func daysSinceEpoch(year: Int, month: Int, day: Int) -> Int64 {
    let shifted = month <= 2 ? year - 1 : year
    let era = (shifted >= 0 ? shifted : shifted - 399) / 400
    let yearOfEra = shifted - era * 400
    let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
    let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
    return Int64(era * 146_097 + dayOfEra - 719_468)
  }

  static func daysIn(month: Int, year: Int) -> Int {
    switch month {
    case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
    case 4, 6, 9, 11: 30
    default: 31
    }
  }
}

extension Instant: CustomStringConvertible {
  /// `2026-11-23T07:52:00.000000Z`
  package var description: String {
    let seconds = epochSeconds
    let days = (seconds >= 0 ? seconds : seconds - 86_399) / 86_400
    let ofDay = Int(seconds - days * 86_400)
    let (year, month, day) = Self.civil(daysSinceEpoch: days)
    var out: [UInt8] = []
    out.reserveCapacity(27)
    func put(_ value: Int, width: Int, then separator: Character) {
      var divisor = 1
      for _ in 1..<width { divisor *= 10 }
      while divisor > 0 {
        out.append(UInt8(48 + value / divisor % 10))
        divisor /= 10
      }
      out.append(separator.asciiValue ?? 0)
    }
    put(year, width: 4, then: "-")
    put(month, width: 2, then: "-")
    put(day, width: 2, then: "T")
    put(ofDay / 3600, width: 2, then: ":")
    put(ofDay / 60 % 60, width: 2, then: ":")
    put(ofDay % 60, width: 2, then: ".")
    put(Int(microseconds - seconds * 1_000_000), width: 6, then: "Z")
    return String(decoding: out, as: UTF8.self)
  }

  private static func civil(daysSinceEpoch: Int64) -> (year: Int, month: Int, day: Int) {
    let shifted = Int(daysSinceEpoch) + 719_468
    let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
    let dayOfEra = shifted - era * 146_097
    let yearOfEra =
      (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let marchMonth = (5 * dayOfYear + 2) / 153
    let month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
    return (
      yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month,
      dayOfYear - (153 * marchMonth + 2) / 5 + 1
    )
  }
}

/// A forward reader of fixed-width decimal fields.
private struct Digits {
  private let bytes: [UInt8]
  private var position = 0

  init(_ utf8: some Sequence<UInt8>) { bytes = Array(utf8) }

  var isAtEnd: Bool { position == bytes.count }

  mutating func number(_ width: Int) -> Int? {
    guard position + width <= bytes.count else { return nil }
    var value = 0
    for byte in bytes[position..<position + width] {
      guard (48...57).contains(byte) else { return nil }
      value = value * 10 + Int(byte - 48)
    }
    position += width
    return value
  }

  mutating func skip(_ first: Unicode.Scalar, or second: Unicode.Scalar? = nil) -> Bool {
    guard position < bytes.count else { return false }
    let byte = UInt32(bytes[position])
    guard byte == first.value || byte == second?.value else { return false }
    position += 1
    return true
  }

  mutating func fraction() -> Int64? {
    var value: Int64 = 0
    var count = 0
    while position < bytes.count, (48...57).contains(bytes[position]), count < 9 {
      if count < 6 { value = value * 10 + Int64(bytes[position] - 48) }
      count += 1
      position += 1
    }
    guard count > 0 else { return nil }
    for _ in min(count, 6)..<6 { value *= 10 }
    return value
  }

  mutating func zoneOffsetSeconds() -> Int64? {
    if skip("Z", or: "z") { return 0 }
    guard position < bytes.count, bytes[position] == 43 || bytes[position] == 45 else { return nil }
    let sign: Int64 = bytes[position] == 43 ? 1 : -1
    position += 1
    guard let hour = number(2), hour < 24, skip(":"), let minute = number(2), minute < 60 else {
      return nil
    }
    return sign * Int64(hour * 3600 + minute * 60)
  }
}
