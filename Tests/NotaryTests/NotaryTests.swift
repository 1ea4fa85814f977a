import Connections
import EventStore
import Fixtures
import Notary
import Testing
import TransparencyLog

@Suite struct `A notary` {
  @Test func `signs the head with the key of the log, and once`() async throws {
    let scene = try SignedJournal()
    try await scene.lend { journal, notary in
      try await scene.append(3, to: journal)
      let first = try #require(try await notary.sign())
      let head = try await journal.reader.head()
      #expect(
        first.checkpoint
          == Checkpoint(origin: SignedJournal.origin, size: 3, root: head.root))
      #expect(try await notary.sign() == nil)
      let kept = try #require(try await journal.reader.lastCheckpoint())
      #expect(kept == CheckpointRecord(size: 3, note: first.note.bytes))
      try await scene.append(300, to: journal)
      #expect(try await notary.sign()?.checkpoint.size == 303)
    }
    let key = try await scene.key()
    let last = try #require(try await scene.reader().lastCheckpoint())
    #expect(try CheckedCheckpoint(last.note, log: key).checkpoint.size == 303)
    let verified = try await JournalVerifier(scene.reader()).verify()
    #expect(verified.findings == [])
  }

  @Test func `goes on with the same key after a restart`() async throws {
    let scene = try await SignedJournal(events: 5)
    let key = try await scene.key()
    try await scene.lend { journal, notary in
      #expect(await notary.last?.checkpoint.size == 5)
      #expect(try await notary.sign() == nil)
      try await scene.append(1, to: journal)
      #expect(try await notary.sign()?.log == key)
    }
    #expect(try await scene.key() == key)
  }

  @Test func `signs an empty journal, too`() async throws {
    let scene = try await SignedJournal(events: 0)
    let last = try #require(try await scene.reader().lastCheckpoint())
    #expect(
      try CheckedCheckpoint(last.note, log: await scene.key()).checkpoint.root == .emptyRoot)
  }

  /// The order of durability: the head is on the disk as signed before a signature is made.
  @Test func `has the head on the disk before a signature exists`() async throws {
    let scene = try SignedJournal()
    let journal = try scene.open()
    let signer = FailingSigner(try LogSigner(name: "log.example", seed: Array(1...32)))
    let notary = try await Notary(
      of: journal, signer: signer, directory: scene.directory.path)
    try await scene.append(2, to: journal)
    await #expect(throws: FailingSigner.Out.self) { try await notary.sign() }
    let signed = try SignedHead(directory: scene.directory.path).read()
    #expect(try await journal.reader.head() == signed?.head)
    #expect(try await journal.reader.lastCheckpoint() == nil)
    // When it can sign again, it does.
    signer.mend()
    #expect(try await notary.sign()?.checkpoint.size == 2)
  }

  // MARK: - An older copy

  @Test func `refuses an older copy, for its head was signed`() async throws {
    let scene = try await SignedJournal(events: 3)
    let older = try scene.copy()
    try await scene.lend { journal, notary in
      try await scene.append(2, to: journal)
      try await notary.sign()
    }
    try scene.restore(older)
    let fault = #expect(throws: JournalOpenFault.self) { try scene.open() }
    guard case .behind(_, let signed, let found)? = fault else {
      Issue.record("\(String(describing: fault))")
      return
    }
    #expect((signed.size, found.size) == (5, 3))
    #expect("\(try #require(fault))".contains("older copy was restored"))
    // Without the file beside it, the older copy alone does not know.
    try scene.directory.remove(SignedHead.fileName)
    _ = try scene.open()
  }

  @Test func `refuses a journal whose history is another one than was signed`() async throws {
    let scene = try await SignedJournal(events: 3)
    let other = try SignedJournal()
    other.life.advance(seconds: 99)
    try await other.lend { journal, _ in try await other.append(4, to: journal) }
    try scene.restore(try other.copy())
    let fault = #expect(throws: JournalOpenFault.self) { try scene.open() }
    guard case .contradicted(_, let signed, _)? = fault else {
      Issue.record("\(String(describing: fault))")
      return
    }
    #expect(signed.size == 3)
    #expect("\(try #require(fault))".contains("history was changed"))
  }

  @Test(arguments: ["", "hindsight/last-signed/1\n3\n", "hindsight/last-signed/2\n3\nx\n"])
  func `refuses a note of the last head that is not as it was written`(text: String) async throws {
    let scene = try await SignedJournal(events: 3)
    try scene.directory.write(Array(text.utf8), to: SignedHead.fileName)
    #expect(throws: JournalOpenFault.self) { try scene.open() }
  }

  @Test func `takes a note of the last head as it was first written`() async throws {
    let scene = try await SignedJournal(events: 3)
    let file = SignedHead(directory: scene.directory.path)
    let head = try #require(try file.read()).head
    let text = "hindsight/last-signed/1\n\(head.size)\n\(head.root.base64)\n"
    try scene.directory.write(Array(text.utf8), to: SignedHead.fileName)
    #expect(try file.read() == SignedHead.Record(head, kept: nil))
    try await scene.lend { journal, notary in
      try await scene.append(1, to: journal)
      try await notary.sign()
    }
    #expect(try file.read()?.kept == SignedHead.Kept(checkpoints: 2, cosignatures: 0))
  }

  // MARK: - The key

  @Test func `has its key sealed for its place, and from no other origin`() async throws {
    let scene = try await SignedJournal(events: 1)
    let journal = try scene.open()
    await #expect(throws: LogKeyFault.self) {
      try await LogKey.signer(
        for: journal, try scene.vault(), origin: "other/hindsight", isAsked: true)
    }
    await #expect(throws: (any Error).self) {
      try await LogKey.signer(
        for: journal, try scene.vault(masterKey: 1), origin: SignedJournal.origin, isAsked: true)
    }
    let signer = try await LogKey.signer(
      for: journal, try scene.vault(), origin: "other/hindsight", isAsked: false)
    #expect(signer.key.name == SignedJournal.origin)
    #expect(!"\(signer)".contains("PrivateKey"))
  }

  @Test(arguments: [
    ("UPDATE journal SET id = '01a00000-0000-7000-8000-000000000000'", "another name"),
    ("DELETE FROM log_key", "The public half of the log's key is gone"),
    ("DELETE FROM keyring WHERE name = 'log'", "The sealed key of the log is gone"),
  ])
  func `does not open its key where the journal was altered`(
    sql: String, why: String
  ) async throws {
    let scene = try await SignedJournal(events: 1)
    try scene.directory.tamper(sql)
    let journal = try scene.open()
    let fault = await #expect(throws: LogKeyFault.self) {
      try await LogKey.signer(
        for: journal, try scene.vault(), origin: SignedJournal.origin, isAsked: false)
    }
    #expect(fault?.description.contains(why) == true, "\(String(describing: fault))")
  }

  @Test func `lets nobody else's checkpoint stand in its journal`() async throws {
    let scene = try await SignedJournal(events: 1)
    let other = try LogSigner(name: SignedJournal.origin, seed: Array(1...32))
    await #expect(throws: CheckpointFault.otherKey(origin: SignedJournal.origin)) {
      try await Notary(of: try scene.open(), signer: other, directory: scene.directory.path)
    }
  }
}

/// A signer that cannot be reached at first.
final class FailingSigner: NoteSigner {
  struct Out: Error {}
  private let signer: LogSigner
  private let isMended = Flag()
  var key: VerificationKey { signer.key }

  init(_ signer: LogSigner) { self.signer = signer }

  func mend() { isMended.set() }

  func sign(_ text: [UInt8]) async throws -> NoteSignature {
    guard isMended.isSet else { throw Out() }
    return try signer.sign(text)
  }
}
