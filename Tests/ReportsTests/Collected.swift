import Connections
import EventStore
import Fixtures
import Projections

@testable import Reports

/// A written report: its bytes as they came, and its rows.
struct Collected {
  /// What was handed over at a time.
  var chunks: [[UInt8]] = []
  /// The number that the report says it wrote.
  var count = 0
  var bytes: [UInt8] { chunks.flatMap(\.self) }
  var text: String { String(decoding: bytes, as: UTF8.self) }

  init(
    _ report: ChangesReport = ChangesReport(), of journal: any JournalReader, size: Int? = nil
  ) async throws {
    // Views in memory, as they are made where nothing can be written.
    let id = UUIDv7(instant: StillLife().now, random: Array(0..<10))
    let views = try await ConnectionViews(directory: "/nowhere", journal: journal, journalID: id)
    let head = try await journal.head()
    var chunks: [[UInt8]] = []
    count = try await report.write(from: views, trueAt: size ?? head.size) { chunks.append($0) }
    self.chunks = chunks
  }

  /// The rows below the header, by column.
  func rows() throws -> [[String: String]] {
    try CSVReader.rows(bytes).dropFirst().map { row in
      Dictionary(uniqueKeysWithValues: zip(ChangesReport.columns, row))
    }
  }

  func column(_ name: String) throws -> [String] { try rows().map { $0[name] ?? "(no column)" } }
}
