package import Connections
import FoundationEssentials
import GRDB
import GRDBSQLite
import Migrations
import TransparencyLog

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// The journal in `journal.sqlite`. Opening it gives a writer and a reader, two values: who holds
/// the reader cannot append.
package struct SQLiteJournal: Sendable {
  package let writer: SQLiteJournalWriter
  package let reader: SQLiteJournalReader
  package let identity: JournalIdentity

  package static let fileName = "journal.sqlite"
  /// "HSGT" in ASCII: SQLite's `application_id` of a journal.
  static let applicationID: Int32 = 0x4853_4754

  /// Opens the journal of a data directory for writing, and makes both where they do not exist.
  ///
  /// - Parameter identity: what a new journal is called; used once in its life.
  package static func open(
    directory: String, newIdentity identity: @Sendable () -> JournalIdentity
  ) throws(JournalOpenFault) -> SQLiteJournal {
    try makeDirectory(directory)
    let lock = try lock(directory)
    let path = directory + "/" + fileName
    // Looked at before anything is written, so that a file that is not ours stays as it is. Where a
    // crash left half a transaction, only SQLite can tell what the file is.
    let needsMark: Bool
    if hasRollbackJournal(path) {
      needsMark = true
    } else {
      needsMark = try inspect(path) == .empty
    }
    if needsMark { try checkNothingSigned(directory: directory, path: path) }
    do {
      if needsMark { try stamp(path) }
      let pool = try DatabasePool(path: path, configuration: configuration())
      try pool.writeWithoutTransaction { try SQLiteJournalWriter.prepare($0) }
      try migrate(pool, path: path, identity: identity)
      let found = try pool.read { try JournalIdentity.read($0) }
      let end = try pool.read { database in
        let end = try JournalEnd.read(database, checkingAgainst: path)
        try checkSignedHeads(
          database, JournalHead(size: end.tree.size, root: end.tree.root), directory: directory,
          path: path)
        return end
      }
      guard pool.writeWithoutTransaction({ isInWALMode($0) }) else {
        throw JournalOpenFault.notWritable(path: path, reason: "it could not be put into WAL mode")
      }
      scrub(pool)
      return SQLiteJournal(
        writer: SQLiteJournalWriter(
          pool: pool, lock: lock, file: try JournalFile(path: path), end: end),
        reader: SQLiteJournalReader(database: pool), identity: found)
    } catch {
      throw fault(error, path: path)
    }
  }

  /// Opens the journal for reading alone, beside whatever process writes to it.
  package static func openForReading(
    directory: String
  ) throws(JournalOpenFault) -> (reader: SQLiteJournalReader, identity: JournalIdentity) {
    try openForReading(directory) { database, path in
      try checkVersion(database, path: path)
      try checkMigrations(database, path: path)
      return try JournalIdentity.read(database)
    }
  }

  /// Opens for reading what may be damaged, to have it told what is: also a journal that has lost
  /// its name, and one whose migrations are not as they were applied.
  package static func openForVerifying(
    directory: String
  ) throws(JournalOpenFault) -> (reader: SQLiteJournalReader, identity: JournalIdentity?) {
    try openForReading(directory) { database, path in
      try checkVersion(database, path: path)
      return try? JournalIdentity.read(database)
    }
  }

  private static func openForReading<Identity>(
    _ directory: String, _ look: (Database, _ path: String) throws -> Identity
  ) throws(JournalOpenFault) -> (reader: SQLiteJournalReader, identity: Identity) {
    let path = directory + "/" + fileName
    guard try inspect(path) == .journal else {
      try checkNothingSigned(directory: directory, path: path)
      throw .missing(path: path)
    }
    do {
      var configuration = configuration()
      configuration.readonly = true
      let pool = try DatabasePool(path: path, configuration: configuration)
      let identity = try pool.read { try look($0, path) }
      return (SQLiteJournalReader(database: pool), identity)
    } catch {
      let fault = fault(error, path: path)
      if case .notWritable = fault, access(directory, W_OK) != 0 {
        throw .onReadOnlyDisk(path: path)
      }
      throw fault
    }
  }

  /// Bytes 18 and 19 (SQLite file format, section 1.3). SQLite says that it is in WAL mode also
  /// where an error kept the file from being changed; in the old mode a power cut can undo a commit
  /// that was answered.
  ///
  /// They are read through SQLite's own descriptor. To open the file beside it and close it again
  /// would drop the locks that this process holds on it (POSIX), and the next program that looks
  /// into the journal and ends would take itself for the last one, and remove the log.
  private static func isInWALMode(_ database: Database) -> Bool {
    var file: UnsafeMutablePointer<sqlite3_file>?
    guard
      sqlite3_file_control(
        database.sqliteConnection, "main", SQLITE_FCNTL_FILE_POINTER, &file) == SQLITE_OK,
      let file, let read = file.pointee.pMethods?.pointee.xRead
    else { return false }
    var versions: [UInt8] = [0, 0]
    return read(file, &versions, 2, 18) == SQLITE_OK && versions == [2, 2]
  }

  /// What was destroyed lies in the write-ahead log until the log is cut, and the process may have
  /// ended before. Where it cannot be cut now, the next one tries again: nobody has to wait for it.
  private static func scrub(_ pool: DatabasePool) {
    try? pool.writeWithoutTransaction { database in
      let hasDestroyed = try Bool.fetchOne(
        database,
        sql: "SELECT EXISTS (SELECT 1 FROM events WHERE stream = ? AND type IN (?, ?))",
        arguments: [
          StreamID.secrets.description, EventPayload.Kind.secretShredded.rawValue,
          EventPayload.Kind.keyRotated.rawValue,
        ])
      if hasDestroyed == true { try SQLiteJournalWriter.scrub(database) }
    }
  }

  private static func configuration() -> Configuration {
    var configuration = Configuration()
    configuration.label = "journal"
    configuration.busyMode = .timeout(10)
    configuration.prepareDatabase { database in
      // Of each reader, in KiB; the writer has more.
      try database.execute(sql: "PRAGMA cache_size = -4096")
      // What a shredded key leaves behind is overwritten, however SQLite was compiled.
      try database.execute(sql: "PRAGMA secure_delete = ON")
      try database.execute(sql: "PRAGMA temp_store = MEMORY")
    }
    return configuration
  }

  /// Puts our mark into a new file before it becomes one with a WAL: from the first moment the file
  /// itself says whose it is. A file that has something in it and not our mark is left alone.
  private static func stamp(_ path: String) throws {
    let queue = try DatabaseQueue(path: path)
    try queue.writeWithoutTransaction { database in
      let mark = try Int32.fetchOne(database, sql: "PRAGMA application_id")
      guard mark != applicationID else { return }
      guard try Int.fetchOne(database, sql: "SELECT count(*) FROM sqlite_schema") == 0 else {
        throw JournalOpenFault.notOurs(path: path)
      }
      try database.execute(sql: "PRAGMA application_id = \(applicationID)")
    }
    try queue.close()
  }

  /// Whether a crash left SQLite's rollback journal beside the file: then the file's own bytes are
  /// not what SQLite will make of it.
  private static func hasRollbackJournal(_ path: String) -> Bool {
    (try? FileManager.default.contents(atPath: path + "-journal", firstBytes: 1))?.isEmpty == false
  }

  // MARK: - What lies there

  private enum Found { case empty, journal }

  private static func makeDirectory(_ directory: String) throws(JournalOpenFault) {
    do {
      try FileManager.default.createDirectory(
        atPath: directory, withIntermediateDirectories: true,
        attributes: [.posixPermissions: 0o700])
    } catch {
      throw .notWritable(path: directory, reason: "it cannot be made")
    }
    guard access(directory, W_OK | X_OK) == 0 else {
      throw .notWritable(path: directory, reason: String(cString: strerror(errno)))
    }
  }

  private static func lock(_ directory: String) throws(JournalOpenFault) -> FileLock {
    do throws(FileLockFault) { return try FileLock(directory + "/journal.lock") } catch {
      switch error {
      case .held: throw .inUse(path: directory)
      case .notWritable(let reason): throw .notWritable(path: directory, reason: reason)
      }
    }
  }

  /// Reads the header of the file without SQLite: an empty or missing file may become a journal, a
  /// SQLite file must bear our mark (at byte 68, SQLite file format section 1.3), anything else is
  /// left alone.
  private static func inspect(_ path: String) throws(JournalOpenFault) -> Found {
    let file: [UInt8]
    do throws(ReadFault) {
      file = try FileManager.default.contents(atPath: path, firstBytes: 100)
    } catch {
      guard error.isAbsence else {
        throw .notReadable(path: path, reason: String(cString: strerror(error.code)))
      }
      return .empty
    }
    if file.isEmpty { return .empty }
    guard file.count == 100, file.starts(with: "SQLite format 3\0".utf8) else {
      throw .notOurs(path: path)
    }
    let mark = file[68..<72].reduce(Int32(0)) { $0 << 8 | Int32($1) }
    guard mark == applicationID else { throw .notOurs(path: path) }
    return .journal
  }

  private static func hasNoSpace(_ path: String) -> Bool {
    var disk = statvfs()
    return statvfs(path, &disk) == 0 && disk.f_bavail == 0
  }

  private static func fault(_ error: any Error, path: String) -> JournalOpenFault {
    switch error {
    case let fault as JournalOpenFault: return fault
    case JournalFault.storage(let fault): return .damaged(path: path, reason: fault.description)
    case let error as DatabaseError:
      switch error.resultCode {
      case .SQLITE_FULL, .SQLITE_IOERR:
        // Opening takes a few pages beside the file; where the disk has none, SQLite tells an error
        // of the disk.
        return .diskFault(
          path: path,
          reason: hasNoSpace(path) ? "the disk is full" : error.message ?? "the disk fails")
      case .SQLITE_READONLY, .SQLITE_CANTOPEN, .SQLITE_PERM:
        return .notWritable(path: path, reason: error.message ?? "SQLite \(error.resultCode)")
      case .SQLITE_BUSY: return .inUse(path: path)
      default: return .damaged(path: path, reason: error.message ?? "SQLite \(error.resultCode)")
      }
    default: return .damaged(path: path, reason: "\(error)")
    }
  }
}

/// The name of a journal, given once.
package struct JournalIdentity: Hashable, Sendable {
  package var id: UUIDv7
  package var createdAt: Instant

  package init(id: UUIDv7, createdAt: Instant) {
    self.id = id
    self.createdAt = createdAt
  }

  static func read(_ database: Database) throws -> JournalIdentity {
    guard let row = try Row.fetchOne(database, sql: "SELECT id, created_at FROM journal"),
      let id = UUIDv7(row[0] as String), let createdAt = Instant(row[1] as String)
    else { throw JournalOpenFault.damaged(path: "journal", reason: "it has no identity") }
    return JournalIdentity(id: id, createdAt: createdAt)
  }
}

/// Why a file could not be read.
private struct ReadFault: Error {
  var code: Int32

  /// Nothing is there, which is not the same as something that is closed to us.
  var isAbsence: Bool { code == ENOENT || code == ENOTDIR }
}

extension FileManager {
  fileprivate func contents(
    atPath path: String, firstBytes count: Int
  ) throws(ReadFault) -> [UInt8] {
    let descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw ReadFault(code: errno) }
    defer { close(descriptor) }
    var bytes = [UInt8](repeating: 0, count: count)
    let got = read(descriptor, &bytes, count)
    guard got >= 0 else { throw ReadFault(code: errno) }
    return Array(bytes.prefix(got))
  }
}
