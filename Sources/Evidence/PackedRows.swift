package import Connections

/// The report of a pack, and how its rows come out of events.
package struct PackedReport: Sendable {
  /// With its version.
  package var definition: String
  /// As CSV without the header.
  package var rows: @Sendable ([Event]) -> [[UInt8]]

  package init(_ definition: String, rows: @escaping @Sendable ([Event]) -> [[UInt8]]) {
    self.definition = definition
    self.rows = rows
  }
}

/// The rows of a report in CSV, each a list of its raw fields, for comparing them with others.
struct PackedRows {
  /// Without the header.
  private(set) var rows: [[ArraySlice<UInt8>]] = []

  /// Of `changes`: what it tells of a command before its outcome, in its first fields, but for how
  /// long the call took.
  private static let fieldsOfIntent = 15
  private static let duration = 5
  /// The label comes from the app, of which the pack has no event.
  private static let label = 2

  init(_ csv: [UInt8]) {
    var fields: [ArraySlice<UInt8>] = []
    var isQuoted = false
    var start = 0
    for (place, byte) in csv.enumerated() {
      if byte == UInt8(ascii: "\"") { isQuoted.toggle() }
      guard !isQuoted, byte == UInt8(ascii: ",") || byte == 0x0A else { continue }
      fields.append(csv[start..<place])
      start = place + 1
      guard byte == 0x0A else { continue }
      rows.append(fields)
      fields = []
    }
    // What has no end of its own is a row all the same: it was cut.
    if start < csv.count { rows.append(fields + [csv[start...]]) }
    rows = Array(rows.dropFirst())
  }

  /// - Parameters:
  ///   - expected: the rows that the events give, in their order.
  ///   - end: events from this index on are not in the pack.
  /// - Returns: what differs, and how many rows tell of later events, which nobody can compare.
  func compare(
    with expected: [[UInt8]], before end: Int
  ) -> (problems: [String], late: Int) {
    let due = expected.map { PackedRows([0x0A] + $0).rows[0] }
    guard rows.count == due.count else {
      return (["it has \(rows.count) rows, and the events tell of \(due.count) changes"], 0)
    }
    var problems: [String] = []
    var late = 0
    for (number, pair) in zip(rows, due).enumerated() {
      let isLate = Self.last(pair.0).map { $0 >= end } ?? false
      if isLate { late += 1 }
      let compared = isLate ? Self.fieldsOfIntent : pair.0.count
      let differ = zip(pair.0, pair.1).prefix(compared).enumerated().contains { place, fields in
        place != Self.label && !(isLate && place == Self.duration) && fields.0 != fields.1
      }
      if pair.0.count != pair.1.count || differ {
        problems.append("row \(number + 1) is not what its events tell")
      }
    }
    return (problems, late)
  }

  /// The last of the indexes with which a row ends.
  private static func last(_ fields: [ArraySlice<UInt8>]) -> Int? {
    let text = String(decoding: fields.last ?? [], as: UTF8.self)
    return text.split { !$0.isNumber }.last.flatMap { Int($0) }
  }
}
