import EventStore
import Foundation
import GRDB
import Projections

/// Looks at a data directory as a whole: the journal against itself, and its projections against
/// those built anew.
struct Inspection {
  let journal: SQLiteJournal
  let views: ConnectionViews
  let directory: String

  init(program: Program, directory: String) {
    journal = program.journal
    views = program.views
    self.directory = directory
  }

  func findings() async throws -> [BrokenPromise] {
    let report = try await JournalVerifier(journal.reader).verify()
    var broken = report.findings.map {
      BrokenPromise(.sound, ($0.index.map { "event \($0): " } ?? "") + $0.problem)
    }
    let size = try await views.catchUp()
    let elsewhere = directory + "/rebuilt"
    try FileManager.default.createDirectory(
      atPath: elsewhere, withIntermediateDirectories: true)
    let rebuilt = try await ConnectionViews(
      directory: elsewhere, journal: journal.reader, journalID: journal.identity.id
    ).catchUp()
    let isSame = try await dump(directory) == dump(elsewhere)
    if size != rebuilt || !isSame {
      broken.append(BrokenPromise(.rebuildable, "see \(elsewhere)/\(ConnectionViews.fileName)"))
    }
    return broken
  }

  /// Every row of every table, in the order of the keys, but for what a server gathers for searches
  /// when it has the time.
  private func dump(_ directory: String) async throws -> [String] {
    var configuration = Configuration()
    configuration.readonly = true
    let database = try DatabaseQueue(
      path: directory + "/" + ConnectionViews.fileName, configuration: configuration)
    return try await database.read { database in
      let tables = try String.fetchAll(
        database,
        sql: """
          SELECT name FROM sqlite_schema
          WHERE type = 'table' AND name NOT IN ('progress', 'texts') ORDER BY name
          """)
      return try tables.flatMap { table in
        try Row.fetchAll(database, sql: "SELECT * FROM \(table) ORDER BY 1, 2").map {
          "\(table) \($0.debugDescription)"
        }
      }
    }
  }
}

/// What another process does to the journal: it moves the write-ahead log into the database.
enum Checkpoint {
  static func run(_ path: String, restarts: Bool) {
    // That it may fail is the point of the round.
    guard let database = try? DatabaseQueue(path: path) else { return }
    try? database.writeWithoutTransaction { database in
      _ = try database.checkpoint(restarts ? .restart : .passive)
    }
    try? database.close()
  }
}
