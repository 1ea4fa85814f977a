package import Connections
package import EventStore
import Foundation
import GRDB

/// The projections in `views.sqlite`: each version of each connection, for the present and for any
/// point before it. The file is not trusted and can be deleted: it follows the journal by itself.
package actor ConnectionViews {
  let journal: any JournalReader
  let views: any DatabaseWriter
  private let journalID: UUIDv7
  private var projector = Projector()
  /// Why the views stand before the journal's end; `nil` while they follow it.
  package private(set) var stopped: ViewsStop?
  /// One at a time follows the journal; the projector is between two states meanwhile.
  private var following: Task<Int, any Error>?
  /// The journal's end when the views were last seen to have followed it there.
  private var followed: JournalHead?
  /// The last list that was made, for the number of events that it is of.
  var lastList: (size: Int, rows: [ListedConnection])?

  /// Grows with each change of the shape or the meaning of a view; another one is rebuilt.
  static let shape = 9
  package static let fileName = "views.sqlite"
  private static let batch = 20_000

  /// Opens the views of a data directory. A file of another shape or another journal is made anew;
  /// a directory that cannot be written gets views in memory.
  package init(
    directory: String, journal: any JournalReader, journalID: UUIDv7
  ) async throws {
    let path = directory + "/" + Self.fileName
    let views: any DatabaseWriter
    if FileManager.default.isWritableFile(atPath: directory) {
      views = try Self.open(path, journalID: journalID) ?? Self.make(path, journalID: journalID)
    } else {
      views = try DatabaseQueue()
      try await views.write { try Self.create($0, journalID: journalID) }
    }
    self.journal = journal
    self.journalID = journalID
    self.views = views
  }

  private static func open(_ path: String, journalID: UUIDv7) throws -> (any DatabaseWriter)? {
    guard FileManager.default.fileExists(atPath: path) else { return nil }
    do {
      let pool = try DatabasePool(path: path, configuration: configuration)
      let isOurs = try pool.read { database in
        try Int.fetchOne(database, sql: "PRAGMA user_version") == shape
          && String.fetchOne(database, sql: "SELECT journal_id FROM progress")
            == journalID.description
      }
      if isOurs { return pool }
      try pool.close()
    } catch {
      // Whatever is wrong with it, it is made anew from the journal.
    }
    return nil
  }

  private static func make(_ path: String, journalID: UUIDv7) throws -> any DatabaseWriter {
    for suffix in ["", "-wal", "-shm"] {
      try? FileManager.default.removeItem(atPath: path + suffix)
    }
    let pool = try DatabasePool(path: path, configuration: configuration)
    try pool.write { try create($0, journalID: journalID) }
    return pool
  }

  private static func create(_ database: Database, journalID: UUIDv7) throws {
    try database.execute(sql: String(decoding: PackageResources.views_sql, as: UTF8.self))
    try database.execute(
      sql: "INSERT INTO progress (one, journal_id, size) VALUES (1, ?, 0)",
      arguments: [journalID.description])
    try database.execute(sql: "PRAGMA user_version = \(shape)")
  }

  private static var configuration: Configuration {
    var configuration = Configuration()
    configuration.label = "views"
    configuration.busyMode = .timeout(10)
    // In KiB, of each reader: the last versions of a thousand connections lie on as many pages.
    configuration.prepareDatabase { try $0.execute(sql: "PRAGMA cache_size = -16384") }
    return configuration
  }

  /// Deletes the views of a data directory; they are built anew when they are next asked for.
  package static func delete(directory: String) {
    for suffix in ["", "-wal", "-shm"] {
      try? FileManager.default.removeItem(atPath: directory + "/" + fileName + suffix)
    }
  }

  // MARK: - Following the journal

  /// Applies the events that are not applied yet, in order, none skipped: an event that cannot be
  /// applied stops the views before it, and `stopped` says why.
  ///
  /// Several processes may follow into the same file: a batch is written only if nobody moved the
  /// position meanwhile, and read again otherwise.
  ///
  /// - Returns: the number of events applied so far, in the journal's whole life.
  @discardableResult
  package func catchUp() async throws -> Int {
    // Between two changes there are many questions: one look at the journal is enough then.
    if let followed, try await journal.head() == followed { return followed.size }
    // Whoever waited looks again: an event may have come after the other one had looked.
    while let other = following { _ = try? await other.value }
    let task = Task {
      // Cleared before whoever waits goes on, or they would wait for a task that has ended.
      defer { following = nil }
      return try await follow()
    }
    following = task
    return try await task.value
  }

  private func follow() async throws -> Int {
    while true {
      do {
        if let size = try await followOn() { return size }
      } catch JournalFault.unreadable(let index, let fault) {
        stopped = ViewsStop(index: index, cause: .unreadable(fault))
        return try await progress().size
      } catch let error as DatabaseError where error.isOfTheDisk {
        // What is written can be read all the same, and says up to where it is true.
        let size = try await progress().size
        stopped = ViewsStop(index: size, cause: .notWritten("\(error.message ?? "the disk")"))
        return size
      }
    }
  }

  /// Applies what comes next, as far as it can be read.
  ///
  /// - Returns: the number of events applied, once none is left.
  private func followOn() async throws -> Int? {
    let position = try await progress()
    let head = try await journal.head()
    let isPrefix = try await agrees(position)
    guard position.size <= head.size, isPrefix else {
      try await startAnew()
      return nil
    }
    guard position.size < head.size else {
      stopped = nil
      followed = head
      return position.size
    }
    if projector.position != position.size {
      projector = Projector(startingAt: position.size, begun: position.begun)
    }
    try await withThrowingTaskGroup(of: Void.self) { writing in
      do {
        while projector.position < head.size {
          let batch = try await read(upTo: min(projector.position + Self.batch, head.size))
          // In order, and no more than two in memory: one is read while the one before is written.
          try await writing.next()
          projector = batch.projector
          writing.addTask { try await self.write(batch) }
        }
      } catch {
        // What was read before is written all the same; an error here would take it back.
        try await writing.waitForAll()
        throw error
      }
      // A group that ends by itself drops the errors of its last tasks.
      try await writing.waitForAll()
    }
    return nil
  }

  /// What events made, to be written all or none.
  private struct Batch: Sendable {
    var start: Int
    var rows: [Projector.Row] = []
    var changes = Projector.Changes()
    /// After the last of them.
    var projector: Projector
  }

  /// Applies the events from where the projector stands up to an index, or up to the first that
  /// cannot be read.
  ///
  /// - Throws: `JournalFault.unreadable` when that is the very first.
  private func read(upTo end: Int) async throws -> Batch {
    do { return try await apply(upTo: end) } catch {
      guard case JournalFault.unreadable(let index, _) = error, index > projector.position else {
        throw error
      }
      return try await apply(upTo: index)
    }
  }

  private func apply(upTo end: Int) async throws -> Batch {
    try await prepare(upTo: end)
    let start = projector.position
    var batch = try await journal.fold(
      from: start, limit: end - start, into: Batch(start: start, projector: projector)
    ) { batch, event in
      do throws(EventFault) {
        if let row = try batch.projector.apply(event) { batch.rows.append(row) }
      } catch { throw JournalFault.unreadable(index: event.index, error) }
    }
    batch.changes = batch.projector.takeChanges()
    return batch
  }

  private struct Progress: Sendable {
    var size = 0
    var lastID: String?
    var begun = 0
  }

  private func progress() async throws -> Progress {
    try await views.read { database in
      let row = try Row.fetchOne(database, sql: "SELECT size, last_id, begun FROM progress")
      return row.map { Progress(size: $0[0], lastID: $0[1], begun: $0[2]) } ?? Progress()
    }
  }

  /// Whether the last event applied is still the one at its place in the journal.
  private func agrees(_ position: Progress) async throws -> Bool {
    guard position.size > 0 else { return true }
    if projector.position == position.size, projector.lastID?.description == position.lastID {
      return true
    }
    let last = try await journal.events(EventSelection(after: position.size - 2, limit: 1)).first
    return last?.id.description == position.lastID
  }

  private func startAnew() async throws {
    (followed, lastList) = (nil, nil)
    projector = Projector()
    try await views.write { database in
      try database.execute(
        sql: """
          DELETE FROM versions;
          DELETE FROM summaries;
          DELETE FROM labels;
          DELETE FROM places;
          DELETE FROM begun;
          DELETE FROM days;
          DELETE FROM texts;
          DELETE FROM gaps;
          DELETE FROM connections;
          UPDATE progress SET size = 0, last_id = NULL, begun = 0, searched = 0;
          """)
    }
  }

  /// Gives the projector the folds of the connections that come up next and that it has not seen.
  /// Nothing from `end` on is read: it may be what cannot be.
  private func prepare(upTo end: Int) async throws {
    guard projector.start > 0 else { return }
    let start = projector.position
    let apps = try await journal.fold(
      from: start, limit: end - start, into: Set<AppID>()
    ) { apps, event in
      if let app = event.stream.appID { apps.insert(app) }
    }
    for app in apps where !projector.knows(app) {
      let events = try await journal.events(
        EventSelection(appID: app, before: start, limit: .max))
      do throws(EventFault) { try projector.learn(app, from: events) } catch {
        // Half a fold is worse than none.
        projector = Projector(startingAt: start, begun: projector.begun)
        throw JournalFault.unreadable(index: events.last?.index ?? start, error)
      }
    }
  }

  private func write(_ batch: Batch) async throws {
    let (start, next) = (batch.start, batch.projector)
    try await views.write { database in
      guard try Int.fetchOne(database, sql: "SELECT size FROM progress") == start else { return }
      var written = try VersionRows(database)
      // The rows first, for they number the connections.
      try written.insert(batch.rows)
      try written.insert(batch.changes)
      try database.execute(
        sql: "UPDATE progress SET size = ?, last_id = ?, begun = ?",
        arguments: [next.position, next.lastID?.description, next.begun])
    }
  }
}

extension DatabaseError {
  fileprivate var isOfTheDisk: Bool {
    [.SQLITE_FULL, .SQLITE_IOERR, .SQLITE_READONLY].contains(resultCode)
  }
}
