import Connections
package import EventStore
package import Notary
package import TransparencyLog
package import Vault

/// A journal whose log is signed, in a directory of a test's own.
package struct SignedJournal: Sendable {
  package static let origin = "okta.example/hindsight"
  package let directory: TemporaryDirectory
  package let life: StillLife

  package init() throws {
    directory = try TemporaryDirectory()
    life = StillLife()
  }

  /// With as many events, of three connections in turn, all of them signed.
  package init(events count: Int) async throws {
    try self.init()
    try await lend { journal, notary in
      try await append(count, to: journal)
      try await notary.sign()
    }
  }

  package func vault(masterKey first: UInt8 = 0) throws -> Vault {
    guard first > 0 else { return try .still(life) }
    let master = try MasterKey(Secret(bytes: Array(first..<first + 32)))
    let keyring = try Vault.makeKeyring(master: master) { Array(repeating: 7, count: $0) }
    return try Vault(
      master: master, keyring: keyring, journalID: "other", random: { life.random($0) })
  }

  package func open() throws(JournalOpenFault) -> SQLiteJournal {
    try SQLiteJournal.open(directory: directory.path) {
      JournalIdentity(
        id: UUIDv7(instant: StillLife().now, random: Array(0..<10)), createdAt: StillLife().now)
    }
  }

  package func reader() throws(JournalOpenFault) -> SQLiteJournalReader {
    try SQLiteJournal.openForReading(directory: directory.path).reader
  }

  /// Lends the journal with its notary, and lets go of both before it returns.
  package func lend<Value>(
    _ body: (SQLiteJournal, Notary) async throws -> Value
  ) async throws -> Value {
    let journal = try open()
    let signer = try await LogKey.signer(
      for: journal, try vault(), origin: Self.origin, isAsked: false)
    let notary = try await Notary(of: journal, signer: signer, directory: directory.path)
    let value = try await body(journal, notary)
    // The task of the last commit has let go of the writer when it answers.
    try await journal.writer.check()
    return value
  }

  package func append(_ count: Int, to journal: SQLiteJournal) async throws {
    for number in 0..<count {
      life.advance(seconds: 1)
      _ = try await journal.writer.append(
        AppendBatch(to: .app("app\(number % 3)"), at: .any, [life.draft(.seen)]))
    }
  }

  package func key() async throws -> VerificationKey {
    guard let record = try await reader().logKey() else { throw NoKey() }
    return try VerificationKey(record.vkey)
  }

  private struct NoKey: Error {}

  /// The files of the journal as they are now, to be put back later.
  package func copy() throws -> [String: [UInt8]] {
    let names = try directory.names().filter { $0.hasPrefix(SQLiteJournal.fileName) }
    return try Dictionary(
      uniqueKeysWithValues: names.map { ($0, try directory.bytes(of: $0)) })
  }

  /// Puts the files of the journal back, as a restored backup would.
  package func restore(_ copy: [String: [UInt8]]) throws {
    for name in try directory.names() where name.hasPrefix(SQLiteJournal.fileName) {
      try directory.remove(name)
    }
    for (name, bytes) in copy { try directory.write(bytes, to: name) }
  }
}
