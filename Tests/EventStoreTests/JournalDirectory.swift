import Connections
import Fixtures
import GRDB
import Testing

@testable import EventStore

/// A data directory of a test's own.
struct JournalDirectory: Sendable {
  let directory: TemporaryDirectory
  var path: String { directory.path }
  var file: String { directory.file(SQLiteJournal.fileName) }

  init() throws { directory = try TemporaryDirectory() }

  /// A directory with a journal of that many observations, in two streams.
  init(events count: Int) async throws {
    try self.init()
    let life = StillLife()
    try await lend { journal in
      for number in 0..<count {
        let stream = StreamID.app("app\(number % 2)")
        _ = try await journal.writer.append(AppendBatch(to: stream, at: .any, [life.draft(.seen)]))
      }
    }
  }

  func open() throws(JournalOpenFault) -> SQLiteJournal {
    try SQLiteJournal.open(directory: path) { .still }
  }

  /// Lends the journal, and lets go of it before it returns.
  func lend<Value>(_ body: (SQLiteJournal) async throws -> Value) async throws -> Value {
    let journal = try open()
    let value = try await body(journal)
    await journal.drain()
    return value
  }

  /// The fault with which the journal does not open.
  func refusal() -> JournalOpenFault? {
    do throws(JournalOpenFault) {
      _ = try open()
      return nil
    } catch { return error }
  }

  /// Changes the file as somebody could who knows SQLite.
  func tamper(_ sql: String) throws {
    let queue = try DatabaseQueue(path: file)
    try queue.writeWithoutTransaction { try $0.execute(sql: sql) }
    try queue.close()
  }

  /// Changes the file after doing away with the triggers that forbid it.
  func tamperWithoutTriggers(_ sql: String) throws { try directory.tamper(sql) }

  func schemaVersion() throws -> Int {
    let queue = try DatabaseQueue(path: file)
    return try queue.read { try Int.fetchOne($0, sql: "PRAGMA user_version") } ?? 0
  }

  func verify() async throws -> JournalVerifier.Report {
    let (reader, _) = try SQLiteJournal.openForReading(directory: path)
    return try await JournalVerifier(reader).verify()
  }

  func expectSound(_ location: SourceLocation = #_sourceLocation) async throws {
    let report = try await verify()
    #expect(report.findings == [], sourceLocation: location)
  }
}

extension SQLiteJournal {
  /// Waits until the task of the last commit has let go of the writer, so that dropping the journal
  /// gives back the right to write.
  func drain() async { _ = await writer.waitingCount }

  /// The connections of the writer.
  var pool: DatabasePool {
    get throws { try #require(reader.database as? DatabasePool) }
  }
}

extension JournalIdentity {
  static let still = JournalIdentity(
    id: UUIDv7(instant: StillLife().now, random: Array(0..<10)), createdAt: StillLife().now)
}
