import Connections
import Fixtures
import Foundation
import GRDB
import Testing

@testable import EventStore

@Suite struct `A journal is refused` {
  @Test func `while another writes to it`() async throws {
    let directory = try JournalDirectory()
    try await directory.lend { journal in
      #expect(directory.refusal() == .inUse(path: directory.path))
      _ = try await journal.writer.append(
        AppendBatch(to: .app("a"), at: .any, [StillLife().draft(.seen)]))
    }
    #expect(directory.refusal() == nil)
    try await directory.expectSound()
  }

  /// Root may write everywhere, so the directory is one that nobody can make.
  @Test func `where no directory can be made`() throws {
    let directory = try TemporaryDirectory()
    try directory.write(Array("in the way".utf8), to: "file")
    let path = directory.file("file") + "/data"
    #expect {
      try SQLiteJournal.open(directory: path) { .still }
    } throws: { error in
      guard case .notWritable(path, _) = error as? JournalOpenFault else { return false }
      return true
    }
    #expect(try directory.bytes(of: "file") == Array("in the way".utf8))
  }

  @Test(.enabled(if: geteuid() != 0, "root writes whatever the mode says"))
  func `in a directory that is read-only`() throws {
    let directory = try TemporaryDirectory()
    let path = directory.path
    try FileManager.default.setAttributes([.posixPermissions: 0o500], ofItemAtPath: path)
    defer {
      try? FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: path)
    }
    #expect {
      try SQLiteJournal.open(directory: path) { .still }
    } throws: { error in
      guard case .notWritable(path, _) = error as? JournalOpenFault else { return false }
      return true
    }
    #expect(try directory.names() == [])
  }

  @Test func `for reading where there is none`() throws {
    let directory = try JournalDirectory()
    #expect(throws: JournalOpenFault.missing(path: directory.file)) {
      try SQLiteJournal.openForReading(directory: directory.path)
    }
    #expect(try directory.directory.names() == [])
  }

  /// Root may read everything but a link that leads to itself.
  @Test func `for reading where it cannot be read`() async throws {
    let directory = try JournalDirectory()
    try FileManager.default.createSymbolicLink(
      atPath: directory.file, withDestinationPath: directory.file)
    let fault = JournalOpenFault.notReadable(
      path: directory.file, reason: String(cString: strerror(ELOOP)))
    #expect(throws: fault) { try SQLiteJournal.openForReading(directory: directory.path) }
    #expect(directory.refusal() == fault)
    #expect("\(fault)".contains("Nothing was changed"))
  }

  @Test(
    arguments: ["a", String(repeating: "a line of text\n", count: 40), "SQLite format 3\0"])
  func `when the file is no SQLite file, which stays as it is`(text: String) throws {
    let directory = try JournalDirectory()
    try directory.directory.write(Array(text.utf8), to: SQLiteJournal.fileName)
    #expect(directory.refusal() == .notOurs(path: directory.file))
    #expect(throws: JournalOpenFault.notOurs(path: directory.file)) {
      try SQLiteJournal.openForReading(directory: directory.path)
    }
    #expect(try directory.directory.bytes(of: SQLiteJournal.fileName) == Array(text.utf8))
  }

  @Test(arguments: [0, 0x1234_5678])
  func `when the file is another program's, which stays as it is`(mark: Int) throws {
    let directory = try JournalDirectory()
    try directory.tamper("PRAGMA application_id = \(mark); CREATE TABLE events (body TEXT)")
    let before = try directory.directory.bytes(of: SQLiteJournal.fileName)
    #expect(directory.refusal() == .notOurs(path: directory.file))
    #expect(try directory.directory.bytes(of: SQLiteJournal.fileName) == before)
  }

  @Test func `when it was written by a newer program`() async throws {
    let directory = try await JournalDirectory(events: 2)
    let known = try directory.schemaVersion()
    try directory.tamper("PRAGMA user_version = 99")
    let fault = JournalOpenFault.newer(path: directory.file, found: 99, known: known)
    #expect(directory.refusal() == fault)
    #expect(throws: fault) { try SQLiteJournal.openForReading(directory: directory.path) }
  }

  @Test func `when it holds a migration that is newer than all of ours`() async throws {
    let directory = try await JournalDirectory(events: 2)
    let known = try directory.schemaVersion()
    try directory.tamperWithoutTriggers(
      "INSERT INTO migrations VALUES (99, '0099_later.sql', '00')")
    #expect(directory.refusal() == .newer(path: directory.file, found: 99, known: known))
  }

  @Test(arguments: ["sha256 = '00'", "name = '0001_other.sql'"])
  func `when an applied migration was changed, and names it`(change: String) async throws {
    let directory = try await JournalDirectory(events: 2)
    try directory.tamperWithoutTriggers("UPDATE migrations SET \(change) WHERE version = 1")
    let name = change.hasPrefix("name") ? "0001_other.sql" : "0001_journal.sql"
    let fault = JournalOpenFault.migrationChanged(path: directory.file, name: name)
    #expect(directory.refusal() == fault)
    #expect(throws: fault) { try SQLiteJournal.openForReading(directory: directory.path) }
  }

  @Test func `when the row of an applied migration is gone`() async throws {
    let directory = try await JournalDirectory(events: 2)
    try directory.tamperWithoutTriggers("DELETE FROM migrations WHERE version = 2")
    guard case .migrationChanged(_, let name) = directory.refusal() else {
      Issue.record("opened all the same")
      return
    }
    #expect(name.hasPrefix("0002_"))
  }

  @Test(
    arguments: [
      "DELETE FROM events WHERE \"index\" = 4",
      "UPDATE events SET root = NULL WHERE \"index\" = 9",
      "UPDATE events SET root = zeroblob(32) WHERE \"index\" = 9",
      "UPDATE events SET leaf_hash = zeroblob(32) WHERE \"index\" = 9",
      "UPDATE events SET leaf_hash = zeroblob(32) WHERE \"index\" = 0",
      "DELETE FROM journal",
    ])
  func `when its end does not agree with itself`(change: String) async throws {
    let directory = try await JournalDirectory(events: 10)
    try directory.tamperWithoutTriggers(change)
    guard case .damaged = directory.refusal() else {
      Issue.record("opened in spite of: \(change)")
      return
    }
  }

  @Test(
    arguments: [
      "DELETE FROM tiles", "UPDATE tiles SET hashes = zeroblob(8192)",
      "UPDATE tiles SET position = 1", "UPDATE tiles SET level = 1",
    ])
  func `when a tile is gone or is another`(change: String) async throws {
    let directory = try JournalDirectory()
    let life = StillLife()
    try await directory.lend { journal in
      let drafts = (0..<300).map { _ in life.draft(.seen) }
      _ = try await journal.writer.append(AppendBatch(to: .app("a"), at: .any, drafts))
    }
    try directory.tamperWithoutTriggers(change)
    guard case .damaged = directory.refusal() else {
      Issue.record("opened in spite of: \(change)")
      return
    }
  }

  /// Cut at half its length; the first page overwritten but for our mark; and the page size in the
  /// header (SQLite file format, section 1.3) made impossible.
  @Test(arguments: ["cut", "first page", "page size"])
  func `when the file is torn, and it stays as it is`(damage: String) async throws {
    let directory = try await JournalDirectory(events: 20)
    var bytes = try directory.directory.bytes(of: SQLiteJournal.fileName)
    switch damage {
    case "cut": bytes.removeLast(bytes.count / 2)
    case "first page": for place in 100..<4096 { bytes[place] = 0xFF }
    default: (bytes[16], bytes[17]) = (0x00, 0x03)
    }
    try directory.directory.write(bytes, to: SQLiteJournal.fileName)
    guard case .damaged(directory.file, _) = directory.refusal() else {
      Issue.record("refused as \(String(describing: directory.refusal()))")
      return
    }
    #expect(try directory.directory.bytes(of: SQLiteJournal.fileName) == bytes)
  }
}
