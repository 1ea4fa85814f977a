import ArgumentParser
import OktaAPI
import Reports

/// How an answer is written.
enum OutputFormat: String, ExpressibleByArgument, CaseIterable {
  /// A table for people.
  case table
  /// JSON for programs.
  case json
}

struct FormatOptions: ParsableArguments {
  @Option(help: "table for people, json for programs.")
  var format: OutputFormat = .table

  /// Writes an answer as it was asked for.
  func show(_ json: @autoclosure () -> JSONValue, _ text: @autoclosure () -> String) {
    switch format {
    case .json: Output.json(json())
    case .table: Output.line(text())
    }
  }
}

/// How a table is written.
enum TableFormat: String, ExpressibleByArgument, CaseIterable {
  case table, json, csv
}

struct TableFormatOptions: ParsableArguments {
  @Option(help: "table for people, json for programs, csv for a sheet.")
  var format: TableFormat = .table

  /// - Parameter footer: what stands under the table, for people alone.
  func show(_ table: TextTable, _ json: @autoclosure () -> JSONValue, footer: String = "") throws {
    switch format {
    case .table: Output.line(table.fitted.text + "\n" + footer)
    case .json: Output.json(json())
    case .csv:
      try Output.bytes(CSV.row(table.header.map { $0.lowercased() }))
      for row in table.rows { try Output.bytes(CSV.row(row)) }
    }
  }
}
