import Connections
import EventStore
import Fixtures
import GRDB

@testable import Projections

/// A data directory with views in it.
struct ViewsDirectory: Sendable {
  let directory: TemporaryDirectory

  init() throws { directory = try TemporaryDirectory() }

  static let journalID = UUIDv7(instant: StillLife().now, random: Array(0..<10))

  func open(
    _ journal: any JournalReader, id: UUIDv7 = journalID
  ) async throws -> ConnectionViews {
    try await ConnectionViews(directory: directory.path, journal: journal, journalID: id)
  }

  /// Lets views catch up, and closes their file.
  func follow(_ journal: any JournalReader, id: UUIDv7 = journalID) async throws {
    do { _ = try await open(journal, id: id).catchUp() }
    // The last connection to close takes the log with it.
    while directory.exists(ConnectionViews.fileName + "-wal") { await Task.yield() }
  }
}

extension ConnectionViews {
  /// Views in memory, as they are made where nothing can be written.
  static func inMemory(of journal: any JournalReader) async throws -> ConnectionViews {
    try await ConnectionViews(
      directory: "/nowhere", journal: journal, journalID: ViewsDirectory.journalID)
  }

  /// What views say that were never there before.
  static func rebuilt(_ journal: any JournalReader) async throws -> [ConnectionVersion] {
    try await inMemory(of: journal).allVersions()
  }

  /// Every version, of views that must have followed the whole journal.
  func versions(of journal: any JournalReader) async throws -> [ConnectionVersion] {
    let versions = try await allVersions()
    guard try await catchUp() == journal.head().size else { return [] }
    return versions
  }

  /// Every row of every table that follows the journal, as text.
  func allRows() async throws -> [String] {
    _ = try await catchUp()
    return try await views.read { database in
      let tables = [
        "connections", "days", "versions", "summaries", "labels", "places", "begun", "gaps",
      ]
      return try tables.flatMap { table in
        try Row.fetchAll(database, sql: "SELECT * FROM \(table)").map { "\(table): \($0)" }
      }
    }
  }
}
