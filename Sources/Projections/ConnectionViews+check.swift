package import Connections
package import EventStore
import Foundation
import GRDB

extension ConnectionViews {
  /// Compares the views that are kept with ones that are built anew, at the same event, and names
  /// each row that differs. Nobody has to stop for it.
  ///
  /// - Parameter scratch: a directory of its own, for a copy and for the new ones.
  /// - Returns: sentences; none as well where there are no views, or such as are rebuilt anyhow.
  package static func differences(
    directory: String, from journal: SQLiteJournalReader, journalID: UUIDv7, scratch: String
  ) async throws -> [String] {
    let path = directory + "/" + fileName
    guard FileManager.default.fileExists(atPath: path) else { return [] }
    let kept: DatabaseQueue
    do { kept = try copy(path, to: scratch + "/kept.sqlite") } catch let error as DatabaseError {
      return ["the file cannot be read: \(error.message ?? "\(error.resultCode)")"]
    }
    let fresh = scratch + "/fresh"
    try FileManager.default.createDirectory(atPath: fresh, withIntermediateDirectories: true)
    guard let size = try await position(of: kept, journalID) else {
      let version = try await kept.read { try Int.fetchOne($0, sql: "PRAGMA user_version") }
      return version == shape
        ? ["the row of progress is missing, or of another journal: the next start rebuilds them"]
        : []
    }
    let head = try await journal.head()
    guard size <= head.size else {
      return ["\(size) events are applied, and the journal has \(head.size)"]
    }
    let views = try await ConnectionViews(
      directory: fresh, journal: journal.limited(to: size), journalID: journalID)
    guard try await views.catchUp() == size else {
      return ["\(size) events are applied, and not all of them can be read"]
    }
    // Texts are gathered when they are first asked for, so as far as they are in the kept ones.
    let searched = try await kept.read { database in
      try Int.fetchOne(database, sql: "SELECT searched FROM progress") ?? 0
    }
    try await views.gatherTexts(upTo: searched)
    return try await kept.writeWithoutTransaction { database in
      try database.execute(
        sql: "ATTACH ? AS fresh", arguments: [fresh + "/" + Self.fileName])
      return try differences(database)
    }
  }

  /// A copy that holds still, however busy the views are.
  private static func copy(_ path: String, to copy: String) throws -> DatabaseQueue {
    var configuration = Configuration()
    configuration.readonly = true
    configuration.busyMode = .timeout(10)
    let queue = try DatabaseQueue(path: copy)
    try DatabaseQueue(path: path, configuration: configuration).backup(to: queue)
    return queue
  }

  private static func position(
    of kept: DatabaseQueue, _ journalID: UUIDv7
  ) async throws -> Int? {
    try await kept.read { database in
      guard try database.tableExists("progress"),
        let row = try Row.fetchOne(database, sql: "SELECT size, journal_id FROM progress"),
        row[1] == journalID.description
      else { return nil }
      return row[0]
    }
  }

  private static let mostNamed = 20

  private static func differences(_ database: Database) throws -> [String] {
    let versions = try ["main", "fresh"].map {
      try Int.fetchOne(database, sql: "PRAGMA \($0).user_version")
    }
    // Of another shape: rebuilt at the next start.
    guard versions[0] == versions[1] else { return [] }
    let tables = try String.fetchAll(
      database,
      sql: "SELECT name FROM fresh.sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
    return try tables.flatMap { table -> [String] in
      guard try database.tableExists(table, in: "main") else { return ["\(table) is missing"] }
      let columns = try Row.fetchAll(
        database, sql: "SELECT name FROM pragma_table_info(?) WHERE pk > 0 ORDER BY pk",
        arguments: [table]
      ).map { $0[0] as String }
      var keys: [String] = []
      for (one, other) in [("main", "fresh"), ("fresh", "main")] {
        let rows = try Row.fetchAll(
          database,
          sql: """
            SELECT * FROM (SELECT * FROM \(one).\(table) EXCEPT SELECT * FROM \(other).\(table))
            LIMIT \(mostNamed)
            """)
        keys += rows.map { row in
          columns.map { "\($0) \(row[$0] as DatabaseValue)" }.joined(separator: ", ")
        }
      }
      return Set(keys).sorted().map { "the row of \(table) with \($0) is not that of a rebuild" }
    }
  }
}
