import Connections
import Fixtures
import Foundation
import GRDB
import Testing

@testable import EventStore

@Suite struct `A journal that is opened` {
  @Test func `has its events, its head and its name again`() async throws {
    let directory = try JournalDirectory()
    let life = StillLife()
    let secret = try life.sealedUpdate(of: .app("a"), token: "first")
    let (written, head) = try await directory.lend { journal in
      let drafts = (0..<300).map { _ in life.draft(.seen) }
      let events =
        try await journal.writer.append(AppendBatch(to: .app("a"), at: .any, drafts))
        + journal.writer.append(secret)
      return (events, try await journal.reader.head())
    }
    try await directory.lend { journal in
      #expect(journal.identity == .still)
      let sealed = try await journal.reader.sealedSecret(secret.secrets[0].id)
      #expect(sealed == secret.secrets[0])
      #expect(try await journal.reader.head() == head)
      #expect(try await journal.reader.events(EventSelection(limit: .max)) == written)
    }
    try await directory.expectSound()
  }

  /// Around the edges of a tile, so that every way of restoring the tree is taken.
  @Test(arguments: [1, 2, 255, 256, 257, 511, 512, 600])
  func `grows on where it ended`(size: Int) async throws {
    let directory = try JournalDirectory()
    let life = StillLife()
    try await directory.lend { journal in
      let drafts = (0..<size).map { _ in life.draft(.seen) }
      _ = try await journal.writer.append(AppendBatch(to: .app("a"), at: .any, drafts))
    }
    try await directory.lend { journal in
      life.advance(seconds: -60)
      let added = try await journal.writer.append(
        AppendBatch(to: .app("a"), at: .exactly(size), [life.draft(.seen)]))
      #expect(added.map(\.index) == [size])
      #expect(added.map(\.previous) == [size - 1])
      #expect(added.map(\.recordedAt) == [life.now.adding(seconds: 60)])
      let events = try await journal.reader.events(EventSelection(limit: .max))
      #expect(try await journal.reader.head().root == NaiveTree.root(of: events))
    }
    try await directory.expectSound()
  }

  /// The first start was cut while it put our mark into the file: SQLite rolls that back to an
  /// empty file when it is next opened, and the mark would be gone with it.
  @Test func `after a first start that was cut has our mark all the same`() async throws {
    let directory = try JournalDirectory()
    let queue = try DatabaseQueue(path: directory.file)
    try await queue.writeWithoutTransaction {
      try $0.execute(sql: "PRAGMA application_id = \(SQLiteJournal.applicationID)")
    }
    try queue.close()
    // SQLite file format, section 3: the header of a rollback journal; the file had no page before.
    let words: [UInt32] = [0xD9D5_05F9, 0x20A1_63D7, 0, 1, 0, 512, 4_096]
    let header = words.flatMap { word in (0..<4).map { UInt8(word >> (24 - 8 * $0) & 0xFF) } }
    try Data(header + [UInt8](repeating: 0, count: 512 - header.count))
      .write(to: URL(filePath: directory.file + "-journal"))

    let life = StillLife()
    try await directory.lend { journal in
      _ = try await journal.writer.append(
        AppendBatch(to: .app("a"), at: .any, [life.draft(.seen)]))
    }
    let size = try await directory.lend { try await $0.reader.head().size }
    #expect(size == 1)
    try await directory.expectSound()
  }

  @Test func `keeps the name that it was given first`() async throws {
    let directory = try await JournalDirectory(events: 1)
    let other = JournalIdentity(
      id: UUIDv7(instant: StillLife().now, random: Array(10..<20)), createdAt: StillLife().now)
    let journal = try SQLiteJournal.open(directory: directory.path) { other }
    #expect(journal.identity == .still)
    try await directory.expectSound()
  }

  @Test func `keeps a wrapped key under its name, once`() async throws {
    let directory = try JournalDirectory()
    let entry = KeyringEntry(wrapped: [1, 2, 3], masterKeyID: "one")
    try await directory.lend { journal in
      #expect(try await journal.writer.keyringEntry("fingerprint") == nil)
      try await journal.writer.addKeyringEntry(entry, name: "fingerprint")
      await #expect(throws: JournalFault.self) {
        try await journal.writer.addKeyringEntry(
          KeyringEntry(wrapped: [4], masterKeyID: "two"), name: "fingerprint")
      }
    }
    try await directory.lend { journal in
      let kept = try await journal.writer.keyringEntry("fingerprint")
      #expect(kept == entry)
    }
    try await directory.expectSound()
  }

  /// As after a crash between the destruction of a key and the cutting of the log.
  @Test func `cuts out of its log what was destroyed before`() async throws {
    let directory = try JournalDirectory()
    let copy = try JournalDirectory()
    let life = StillLife()
    let update = try life.sealedUpdate(of: .app("a"), token: "first")
    let secret = update.secrets[0]
    let shredded = SealedCopy(
      id: secret.id, appID: SampleApp.id("a"), field: .token, fingerprint: "00")
    try await directory.lend { journal in
      _ = try await journal.writer.append(update)
      _ = try await journal.writer.append(
        AppendBatch(
          to: .secrets, at: .any, [life.draft(.secret(.shredded(Shredding([shredded]))))],
          keys: [.destroy(secret: secret.id)]))
      for name in try directory.directory.names() where name.hasPrefix(SQLiteJournal.fileName) {
        try copy.directory.write(directory.directory.bytes(of: name), to: name)
      }
    }
    func stays(in directory: JournalDirectory) throws -> Bool {
      try directory.directory.names().contains {
        try directory.directory.bytes(of: $0).firstRange(of: secret.wrappedKey) != nil
      }
    }
    #expect(try stays(in: copy))
    try await copy.lend { journal in
      let left = try stays(in: copy)
      #expect(!left)
      let found = try await journal.reader.sealedSecret(secret.id)
      #expect(found == nil)
    }
    try await copy.expectSound()
  }

  /// As after a crash: nothing of the log beside the file has gone into it yet.
  @Test(arguments: [0, 3])
  func `is whole when its process ended without closing it`(events: Int) async throws {
    let directory = try JournalDirectory()
    let copy = try JournalDirectory()
    let life = StillLife()
    try await directory.lend { journal in
      for _ in 0..<events {
        _ = try await journal.writer.append(
          AppendBatch(to: .app("a"), at: .any, [life.draft(.seen)]))
      }
      for name in try directory.directory.names() where name.hasPrefix(SQLiteJournal.fileName) {
        try copy.directory.write(directory.directory.bytes(of: name), to: name)
      }
    }
    #expect(copy.directory.exists(SQLiteJournal.fileName + "-wal"))
    try await copy.lend { journal in
      #expect(journal.identity == .still)
      #expect(try await journal.reader.head().size == events)
      let added = try await journal.writer.append(
        AppendBatch(to: .app("a"), at: .exactly(events), [life.draft(.seen)]))
      #expect(added.map(\.index) == [events])
    }
    try await copy.expectSound()
  }

  @Test func `can be read beside the process that writes to it`() async throws {
    let directory = try JournalDirectory()
    try await directory.lend { journal in
      let life = StillLife()
      let batch = AppendBatch(to: .app("a"), at: .any, [life.draft(.seen)])
      let first = try await journal.writer.append(batch)
      let (reader, identity) = try SQLiteJournal.openForReading(directory: directory.path)
      #expect(identity == .still)
      #expect(try await reader.events(EventSelection(limit: 9)) == first)
      let second = try await journal.writer.append(batch)
      #expect(try await reader.events(EventSelection(limit: 9)) == first + second)
    }
    try await directory.expectSound()
  }

  /// F_OFD_GETLK, which Glibc keeps for GNU sources: it asks as another program would.
  private static let askForLock: Int32 = 36

  private static func seesLock(on path: String) -> Bool {
    let other = open(path, O_RDWR)
    defer { close(other) }
    var lock = flock()
    lock.l_type = Int16(F_WRLCK)
    return fcntl(other, askForLock, &lock) == 0 && lock.l_type == Int16(F_RDLCK)
  }

  /// Whether this system tells one descriptor of a lock that was taken by another.
  private static func tellsLocks() -> Bool {
    guard let place = try? TemporaryDirectory(), (try? place.write([0], to: "x")) != nil else {
      return false
    }
    let file = open(place.file("x"), O_RDWR)
    defer { close(file) }
    var lock = flock()
    lock.l_type = Int16(F_RDLCK)
    return fcntl(file, F_SETLK, &lock) == 0 && seesLock(on: place.file("x"))
  }

  /// A program that ends takes itself for the last one, and removes the log, where nobody holds a
  /// lock. Any descriptor that this process closes on the file would drop ours.
  @Test(.enabled(if: tellsLocks(), "this system has no locks of open file descriptions"))
  func `holds the lock by which other programs know of it`() async throws {
    let directory = try JournalDirectory()
    try await directory.lend { _ in #expect(Self.seesLock(on: directory.file)) }
  }

  @Test func `can be read when nobody writes to it`() async throws {
    let directory = try await JournalDirectory(events: 3)
    let (reader, identity) = try SQLiteJournal.openForReading(directory: directory.path)
    #expect(identity == .still)
    #expect(try await reader.head().size == 3)
    try await directory.expectSound()
  }

  @Test func `opened for reading cannot be written through`() async throws {
    let directory = try await JournalDirectory(events: 1)
    let (reader, _) = try SQLiteJournal.openForReading(directory: directory.path)
    let pool = try #require(reader.database as? DatabasePool)
    #expect {
      try pool.writeWithoutTransaction { try $0.execute(sql: "DELETE FROM secret_keys") }
    } throws: { ($0 as? DatabaseError)?.resultCode == .SQLITE_READONLY }
  }

  @Test func `has the number of its last migration as its version`() async throws {
    let directory = try await JournalDirectory(events: 0)
    let queue = try DatabaseQueue(path: directory.file)
    let versions = try await queue.read {
      try Int.fetchAll($0, sql: "SELECT version FROM migrations ORDER BY version")
    }
    #expect(versions == Array(1...versions.count))
    #expect(try directory.schemaVersion() == versions.count)
  }

  @Test func `is safe on the disk after each commit and bears our mark`() async throws {
    let directory = try JournalDirectory()
    try await directory.lend { journal in
      try await journal.pool.writeWithoutTransaction { database in
        let pragmas = try ["journal_mode", "synchronous", "application_id"].map {
          try String.fetchOne(database, sql: "PRAGMA \($0)")
        }
        // 2 is FULL; the mark is "HSGT" in ASCII.
        #expect(pragmas == ["wal", "2", "1213417300"])
      }
    }
  }
}
