package import Connections

/// Where a list goes on. It holds the point at which the list is true, and belongs to one question:
/// with another filter or order it would skip rows or show them twice, so there it is refused.
package struct Cursor<Position: LosslessStringConvertible & Equatable>: Equatable {
  /// The number of events that the list takes into account.
  package var size: Int
  /// From where the next page begins, in the list's own terms.
  package var position: Position
  /// Against which ages were measured on the first page, where the list measures them.
  var moment: Instant?
  private var question: UInt64

  /// - Parameter question: everything that decides which rows there are and in which order.
  package init(size: Int, position: Position, moment: Instant? = nil, of question: [String]) {
    self.size = size
    self.position = position
    self.moment = moment
    self.question = Self.digest(question)
  }

  package var text: String {
    "\(size)-\(position)-\(String(question, radix: 16))"
      + (moment.map { "-\($0.microseconds)" } ?? "")
  }

  /// - Throws: when the text is none of ours, or of another question.
  package init(_ text: String, of question: [String]) throws(Gateway.InputFault) {
    let parts = text.split(separator: "-", omittingEmptySubsequences: false)
    let moment = parts.count == 4 ? Int64(parts[3]).map { Instant(microseconds: $0) } : nil
    guard parts.count == 3 || moment != nil, let size = Int(parts[0]),
      size >= 0, let position = Position(String(parts[1])),
      let found = UInt64(parts[2], radix: 16)
    else {
      throw Gateway.InputFault(
        detail: """
          This is no cursor that Hindsight gave: \(text.prefix(100)). Begin without one. Nothing \
          was done.
          """)
    }
    self.init(size: size, position: position, moment: moment, of: question)
    guard found == self.question else {
      throw Gateway.InputFault(
        detail: """
          The cursor is of another question: with other filters or another order the pages would \
          not fit together. \
          Begin without one. Nothing was done.
          """)
    }
  }

  private static func digest(_ parts: [String]) -> UInt64 {
    var sum: UInt64 = 0xcbf2_9ce4_8422_2325
    for part in parts {
      for byte in Array(part.utf8) + [0] { sum = (sum ^ UInt64(byte)) &* 0x100_0000_01b3 }
    }
    return sum
  }
}

extension GatewayRequest {
  /// Where a list goes on, if it does.
  func cursor<Position>(of question: [String]) throws(Gateway.InputFault) -> Cursor<Position>? {
    guard let text = try parameter("cursor") else { return nil }
    return try Cursor(text, of: question)
  }

  /// The order that is asked for, with `-` before it for descending.
  ///
  /// - Parameter usual: where none is asked for; absent is the first one.
  func order(
    of orders: [String], usual: String? = nil
  ) throws(Gateway.InputFault) -> String {
    guard let text = try parameter("sort") else { return usual ?? orders[0] }
    guard orders.contains(text.hasPrefix("-") ? String(text.dropFirst()) : text) else {
      throw Gateway.InputFault(
        detail: """
          sort must be one of \(orders.joined(separator: ", ")), with a - before it for \
          descending: \(text.prefix(60)). Nothing was done.
          """)
    }
    return text
  }

  /// Refuses what the question does not know: what a misspelt parameter was to restrain would go
  /// unrestrained.
  func allowOnly(_ names: Set<String>) throws(Gateway.InputFault) {
    for pair in (query ?? "").split(separator: "&") {
      let name = String(pair.prefix { $0 != "=" })
      guard names.contains(name) else {
        throw Gateway.InputFault(
          detail: """
            There is no parameter \(String(name.prefix(60)).debugDescription) here; there are \
            \(names.isEmpty ? "none" : names.sorted().joined(separator: ", ")). Nothing was done.
            """)
      }
    }
  }

  func number(_ name: String, in range: ClosedRange<Int>) throws(Gateway.InputFault) -> Int? {
    guard let text = try parameter(name) else { return nil }
    guard let number = Int(text), range.contains(number) else {
      throw Gateway.InputFault(
        detail: """
          \(name) must be a number from \(range.lowerBound) to \(range.upperBound): \
          \(text.prefix(60)). Nothing was done.
          """)
    }
    return number
  }

  func word<Word: RawRepresentable<String> & CaseIterable>(
    _ name: String, of type: Word.Type
  ) throws(Gateway.InputFault) -> Word? {
    try word(name, of: type.allCases.map(\.rawValue)).flatMap(Word.init)
  }

  func word(_ name: String, of words: [String]) throws(Gateway.InputFault) -> String? {
    guard let text = try parameter(name) else { return nil }
    guard words.contains(text) else {
      throw Gateway.InputFault(
        detail: """
          \(name) must be one of \(words.joined(separator: ", ")): \(text.prefix(60)). Nothing was \
          done.
          """)
    }
    return text
  }
}
