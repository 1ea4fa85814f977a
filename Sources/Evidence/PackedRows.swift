package import Connections

/// The report of a pack, and how its rows come out of events.
package struct PackedReport: Sendable {
  /// With its version.
  package var definition: String
  /// As CSV.
  package var header: [UInt8]
  /// As CSV without the header, out of events of one connection and the label of its app.
  package var rows: @Sendable (_ events: [Event], _ label: String?) -> [[UInt8]]

  package init(
    _ definition: String, header: [UInt8],
    rows: @escaping @Sendable (_ events: [Event], _ label: String?) -> [[UInt8]]
  ) {
    self.definition = definition
    self.header = header
    self.rows = rows
  }
}

/// The rows of a report in CSV, each a list of its raw fields, for comparing them with others.
struct PackedRows {
  private let header: [ArraySlice<UInt8>]
  let rows: [[ArraySlice<UInt8>]]

  /// Of `changes`: the label comes from the app, of which the pack has no event.
  private static let label = 2

  init(_ csv: [UInt8]) {
    let lines = Self.lines(of: csv)
    header = lines.first ?? []
    rows = Array(lines.dropFirst())
  }

  private static func lines(of csv: [UInt8]) -> [[ArraySlice<UInt8>]] {
    var lines: [[ArraySlice<UInt8>]] = []
    var fields: [ArraySlice<UInt8>] = []
    var isQuoted = false
    var start = 0
    for (place, byte) in csv.enumerated() {
      if byte == UInt8(ascii: "\"") { isQuoted.toggle() }
      guard !isQuoted, byte == UInt8(ascii: ",") || byte == 0x0A else { continue }
      fields.append(csv[start..<place])
      start = place + 1
      guard byte == 0x0A else { continue }
      lines.append(fields)
      fields = []
    }
    // What has no end of its own is a row all the same: it was cut.
    return start < csv.count ? lines + [fields + [csv[start...]]] : lines
  }

  /// What differs from the report that the events give, but for the label.
  func problems(_ report: PackedReport, of events: [Event]) -> [String] {
    let due = PackedRows(report.header + report.rows(events, nil).joined())
    guard header == due.header else { return ["its columns are not those of the report"] }
    guard rows.count == due.rows.count else {
      return ["it has \(rows.count) rows, and the events tell of \(due.rows.count) changes"]
    }
    return zip(rows, due.rows).enumerated().compactMap { number, pair in
      let isSame =
        pair.0.count == pair.1.count
        && zip(pair.0, pair.1).enumerated().allSatisfy { place, fields in
          place == Self.label || fields.0 == fields.1
        }
      return isSame ? nil : "row \(number + 1) is not what its events tell"
    }
  }
}
