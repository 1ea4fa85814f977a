import AsyncHTTPClient
import EventStore
import Fixtures
import Hummingbird
import Logging
import Notary
import Testing
import TransparencyLog

/// A log and a witness of it, without a network between them.
struct WitnessScene {
  let scene: SignedJournal
  let memory: TemporaryDirectory
  let cosigner: Cosigner
  private var running: Witness?

  init(events count: Int) async throws {
    scene = try await SignedJournal(events: count)
    memory = try TemporaryDirectory()
    cosigner = try Cosigner(name: "witness.example/w", seed: Array(2...33)) { 1_790_000_000 }
    try await restart()
  }

  var witness: Witness {
    get throws { try #require(running) }
  }

  /// Another one, of the same key and memory.
  mutating func restart() async throws {
    running = nil
    running = Witness(
      cosigner, of: [try await scene.key()], memory: try WitnessMemory(directory: memory.path),
      logger: .silent)
  }

  func request(from old: Int) async throws -> WitnessRequest {
    let reader = try scene.reader()
    let checkpoint = try #require(try await reader.lastCheckpoint())
    let proof = try await reader.consistencyProof(from: old, to: checkpoint.size)
    return WitnessRequest(
      oldSize: old, proof: proof?.hashes ?? [], checkpoint: checkpoint.note)
  }

  func grow(by count: Int) async throws {
    try await scene.lend { journal, notary in
      try await scene.append(count, to: journal)
      try await notary.sign()
    }
  }
}

@Suite struct `A request to a witness` {
  @Test func `is written and read as the standard has it`() throws {
    let hash = NodeHash.leaf([1])
    let request = WitnessRequest(oldSize: 7, proof: [hash, hash], checkpoint: Array("a\n".utf8))
    #expect(
      String(decoding: request.bytes, as: UTF8.self)
        == "old 7\n\(hash.base64)\n\(hash.base64)\n\na\n")
    #expect(try WitnessRequest(parsing: request.bytes) == request)
    let many = WitnessRequest(
      oldSize: 0, proof: Array(repeating: hash, count: 63), checkpoint: [])
    #expect(try WitnessRequest(parsing: many.bytes) == many)
  }

  @Test(arguments: [
    "", "old", "old \n\n", "old 07\n\n", "old -1\n\n", "new 7\n\n", "old 7\nx\n\n", "old 7\n",
  ])
  func `is nothing else`(text: String) {
    #expect(throws: WitnessRequestFault.self) {
      try WitnessRequest(parsing: Array(text.utf8))
    }
  }
}

@Suite struct `A witness` {
  @Test func `cosigns what grew out of what it saw, with its time`() async throws {
    let it = try await WitnessScene(events: 3)
    for old in [0, 3, 303] {
      let request = try await it.request(from: old)
      guard case .cosigned(let line) = try await it.witness.add(request.bytes) else {
        Issue.record("not cosigned from \(old)")
        return
      }
      let note = try SignedNote(parsing: request.checkpoint + line)
      #expect(note.check(it.cosigner.key) == .valid(seconds: 1_790_000_000))
      // The same once more.
      let size = try Checkpoint(text: note.text).size
      let again = WitnessRequest(oldSize: size, proof: [], checkpoint: request.checkpoint)
      #expect(try await it.witness.add(again.bytes) == .cosigned(line))
      try await it.grow(by: 300)
    }
    let hash = WitnessMemory.name(of: SignedJournal.origin)
    #expect(try await it.witness.checkpoint(ofOriginHash: hash) != nil)
    #expect(try await it.witness.checkpoint(ofOriginHash: "00") == nil)
  }

  @Test func `answers what the standard demands to everything else`() async throws {
    let it = try await WitnessScene(events: 5)
    let first = try await it.request(from: 0)
    #expect(try await it.witness.add([1]) == .badRequest)
    var bent = first
    bent.oldSize = 6
    #expect(try await it.witness.add(bent.bytes) == .badRequest)
    bent.oldSize = 2
    #expect(try await it.witness.add(bent.bytes) == .conflict(size: 0))
    bent = first
    bent.proof = [.emptyRoot]
    #expect(try await it.witness.add(bent.bytes) == .badProof)
    let other = try LogSigner(name: "other.example/log", seed: Array(1...32))
    let head = Checkpoint(origin: "other.example/log", size: 1, root: .leaf([1]))
    func signed(_ head: Checkpoint) throws -> WitnessRequest {
      WitnessRequest(
        oldSize: 0, proof: [],
        checkpoint: SignedNote(text: head.text, signatures: [try other.sign(head.text)]).bytes)
    }
    #expect(try await it.witness.add(signed(head).bytes) == .unknownLog)
    let posing = Checkpoint(origin: SignedJournal.origin, size: 1, root: .leaf([1]))
    #expect(try await it.witness.add(signed(posing).bytes) == .badSignature)
    // None of this left a trace.
    // Nothing was cosigned; what the log has signed and could not prove is kept.
    let kept = try it.memory.names().map { $0.split(separator: ".").last.map(String.init) }
    #expect(Set(kept) == ["unproved", "lock"])

    guard case .cosigned = try await it.witness.add(first.bytes) else {
      Issue.record("not cosigned")
      return
    }
    try await it.grow(by: 5)
    let late = try await it.request(from: 0)
    #expect(try await it.witness.add(late.bytes) == .conflict(size: 5))
    var forged = try await it.request(from: 5)
    forged.proof[0] = .emptyRoot
    #expect(try await it.witness.add(forged.bytes) == .badProof)
  }

  @Test func `remembers over a restart, and cosigns nothing where it cannot`() async throws {
    var it = try await WitnessScene(events: 5)
    _ = try await it.witness.add(try await it.request(from: 0).bytes)
    try await it.restart()
    try await it.grow(by: 1)
    #expect(
      try await it.witness.add(try await it.request(from: 0).bytes) == .conflict(size: 5))
    let name = try #require(try it.memory.names().first { $0.hasSuffix(".checkpoint") })
    try it.memory.write([1], to: name)
    let late = try await it.request(from: 5)
    let witness = try it.witness
    await #expect(throws: WitnessMemoryFault.damaged(it.memory.path + "/" + name)) {
      try await witness.add(late.bytes)
    }
  }

  @Test func `has its memory for itself`() async throws {
    let it = try await WitnessScene(events: 1)
    #expect(throws: WitnessMemoryFault.inUse(it.memory.path)) {
      try WitnessMemory(directory: it.memory.path)
    }
    // It still cosigns.
    guard case .cosigned = try await it.witness.add(try await it.request(from: 0).bytes) else {
      Issue.record("not cosigned")
      return
    }
  }

  @Test func `keeps two heads of one size that the log has signed`() async throws {
    let it = try await WitnessScene(events: 5)
    _ = try await it.witness.add(try await it.request(from: 0).bytes)
    let journal = try it.scene.open()
    let signer = try await LogKey.signer(
      for: journal, try it.scene.vault(), origin: SignedJournal.origin, isAsked: true)
    let lie = Checkpoint(origin: SignedJournal.origin, size: 5, root: .leaf([9]))
    let note = SignedNote(text: lie.text, signatures: [try signer.sign(lie.text)])
    let request = WitnessRequest(oldSize: 5, proof: [], checkpoint: note.bytes)
    #expect(try await it.witness.add(request.bytes) == .conflict(size: 5))
    let kept = try #require(try it.memory.names().first { $0.hasSuffix(".disagreement") })
    let text = String(decoding: try it.memory.bytes(of: kept), as: UTF8.self)
    #expect(text.ranges(of: "— \(SignedJournal.origin)").count == 2)
  }

  @Test func `has its key in a file that its owner alone reads`() throws {
    let directory = try TemporaryDirectory()
    let path = directory.file("witness.key")
    func cosigner(_ name: String?) throws -> Cosigner {
      try WitnessKey.cosigner(
        in: path, name: name, random: { Array(repeating: 5, count: $0) }, now: { 0 })
    }
    #expect(throws: WitnessKeyFault.noName) { try cosigner(nil) }
    let key = try cosigner("w.example").key
    #expect(try cosigner(nil).key == key)
    #expect(throws: WitnessKeyFault.otherName("w.example")) { try cosigner("other") }
    let text = String(decoding: try directory.bytes(of: "witness.key"), as: UTF8.self)
    #expect(text.hasPrefix("PRIVATE+KEY+w.example+"))
    for wrong in ["", "PRIVATE+KEY+w.example", text.replacing("w.example", with: "v.example")] {
      try directory.write(Array(wrong.utf8), to: "witness.key")
      #expect(throws: WitnessKeyFault.malformed(path)) { try cosigner(nil) }
    }
  }
}
