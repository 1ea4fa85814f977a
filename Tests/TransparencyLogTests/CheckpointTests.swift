import Testing

@testable import TransparencyLog

/// A log, and two witnesses of it, whose keys are the same in each run.
struct SampleLog {
  static let origin = "okta.example/hindsight"
  let signer: LogSigner
  let witnesses: [Cosigner]
  let checkpoint: Checkpoint

  init(size: Int = 5, root: NodeHash = .leaf([1])) throws {
    signer = try LogSigner(name: Self.origin, seed: Array(1...32))
    witnesses = try (0..<3).map { number in
      try Cosigner(
        name: "witness.example/w\(number)", seed: Array(repeating: UInt8(number + 50), count: 32)
      ) { 1_790_000_000 + UInt64(number) }
    }
    checkpoint = Checkpoint(origin: Self.origin, size: size, root: root)
  }

  func signed(by witnesses: Int = 0) throws -> [UInt8] {
    let note = SignedNote(text: checkpoint.text, signatures: [try signer.sign(checkpoint.text)])
    return note.adding(
      try self.witnesses.prefix(witnesses).map { try $0.sign(checkpoint.text) }
    ).bytes
  }

  func policy(_ rest: String) throws -> TrustPolicy {
    let keys = witnesses.enumerated().map { "witness w\($0.offset) \($0.element.key)\n" }
    return try TrustPolicy(
      parsing: Array(("log \(signer.key)\n" + keys.joined() + rest).utf8))
  }
}

@Suite struct `A checkpoint` {
  let log: SampleLog
  init() throws { log = try SampleLog() }

  @Test func `is three lines and a signature, and comes back from them`() throws {
    let text = "okta.example/hindsight\n5\n\(log.checkpoint.root.base64)\n"
    #expect(log.checkpoint.text == Array(text.utf8))
    let opened = try CheckedCheckpoint(log.signed(), log: log.signer.key)
    #expect(opened.checkpoint == log.checkpoint)
    #expect(opened.log == log.signer.key)
  }

  static let root = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="

  @Test(arguments: [
    "", "a", "a\n", "a\n5\n", "\n5\n\(root)\n", "a\n05\n\(root)\n", "a\n+5\n\(root)\n",
    "a\n-1\n\(root)\n", "a\n\n\(root)\n", "a\n99999999999999999999\n\(root)\n",
    "a\n5\n\(root.dropLast())\n", "a\n5\n\(root)x\n", "a\n5 \n\(root)\n", "a\n5\n\(root)",
    "a\n5\n\(root)\n\n", "a\n5\n\(root)\nextra\n\nmore\n",
    "a\n0\nbjQLnP+zepicpUTmu3gKLHiQHT+zNzh2hRGjBhevoB0=\n",
  ])
  func `is nothing else`(text: String) {
    #expect(throws: CheckpointFault.self) { try Checkpoint(text: Array(text.utf8)) }
  }

  @Test func `of an empty tree has its root, and extension lines are kept`() throws {
    let empty = try Checkpoint(text: Array("a\n0\n\(Self.root)\n".utf8))
    #expect(empty.root == .emptyRoot)
    let text = Array("a\n7\n\(Self.root)\none\ntwo\n".utf8)
    let extended = try Checkpoint(text: text)
    #expect(extended.extensions == ["one", "two"])
    #expect(extended.text == text)
  }

  @Test func `of another log, by a wrong key, or altered is named as such`() throws {
    let bytes = try log.signed()
    let other = try LogSigner(name: "other.example/log", seed: Array(1...32)).key
    #expect(throws: CheckpointFault.otherLog(origin: SampleLog.origin, expected: [other.name])) {
      try CheckedCheckpoint(bytes, log: other)
    }
    let wrong = try LogSigner(name: SampleLog.origin, seed: Array(2...33)).key
    #expect(throws: CheckpointFault.otherKey(origin: SampleLog.origin)) {
      try CheckedCheckpoint(bytes, log: wrong)
    }
    let altered = Array(
      String(decoding: bytes, as: UTF8.self).replacing("\n5\n", with: "\n6\n").utf8)
    #expect(throws: CheckpointFault.falseSignature(of: SampleLog.origin)) {
      try CheckedCheckpoint(altered, log: log.signer.key)
    }
  }
}

@Suite struct `A cosignature` {
  @Test func `is 76 bytes over the time and the note`() throws {
    let log = try SampleLog()
    let signature = try log.witnesses[1].sign(log.checkpoint.text)
    #expect(signature.bytes.count + 4 == 76)
    #expect(log.witnesses[1].key.algorithm.rawValue == 4)
    let cosignature = try #require(Cosignature(signature))
    #expect(cosignature.seconds == 1_790_000_001)
    #expect(
      Cosignature.message(log.checkpoint.text, at: 5)
        == Array("cosignature/v1\ntime 5\n".utf8) + log.checkpoint.text)
    let note = SignedNote(text: log.checkpoint.text, signatures: [signature])
    #expect(note.check(log.witnesses[1].key) == .valid(seconds: 1_790_000_001))
    // The time is part of what was signed.
    var moved = signature.bytes
    moved[7] ^= 1
    let other = NoteSignature(name: signature.name, keyID: signature.keyID, bytes: moved)
    #expect(
      SignedNote(text: log.checkpoint.text, signatures: [other]).check(log.witnesses[1].key)
        == .isFalse)
  }

  @Test func `is not what a log signs with the same key`() throws {
    let seed = [UInt8](repeating: 9, count: 32)
    let asLog = try LogSigner(name: "x", seed: seed).key
    let asWitness = try Cosigner(name: "x", seed: seed) { 0 }.key
    #expect(asLog.publicKey == asWitness.publicKey)
    #expect(asLog.id != asWitness.id)
  }
}

@Suite struct `A trust policy` {
  let log: SampleLog
  init() throws { log = try SampleLog() }

  @Test(arguments: [
    ("quorum none", [0, 1, 2, 3]), ("quorum w1", [2, 3]),
    ("group g any w0 w1\nquorum g", [1, 2, 3]),
    ("group g 2 w0 w1 w2\nquorum g", [2, 3]), ("group g all w0 w1 w2\nquorum g", [3]),
    ("group g any w1 w2\ngroup h all w0 g\n# a comment\n\n \tquorum\th ", [2, 3]),
  ])
  func `demands its quorum`(rest: String, enough: [Int]) throws {
    let policy = try log.policy(rest)
    for count in 0...3 {
      let bytes = try log.signed(by: count)
      if enough.contains(count) {
        let opened = try policy.open(bytes)
        #expect(opened.cosignatures.map(\.witness) == log.witnesses.prefix(count).map(\.key))
      } else {
        let fault = #expect(throws: CheckpointFault.self) { try policy.open(bytes) }
        #expect("\(try #require(fault))".contains("too few witnesses"))
      }
    }
  }

  @Test func `refuses a false cosignature of a witness that it names`() throws {
    let policy = try log.policy("quorum none")
    var note = try SignedNote(parsing: log.signed(by: 1))
    let forged = NoteSignature(
      name: log.witnesses[1].key.name, keyID: log.witnesses[1].key.id,
      bytes: [UInt8](repeating: 0, count: 72))
    note = note.adding([forged])
    #expect(throws: CheckpointFault.falseSignature(of: "witness.example/w1")) {
      try policy.open(note.bytes)
    }
  }

  @Test func `without a log believes the one that it is given`() throws {
    let policy = try TrustPolicy(parsing: Array("quorum none\n".utf8))
    #expect(throws: CheckpointFault.self) { try policy.open(log.signed()) }
    #expect(try policy.believing(log.signer.key).open(log.signed()).log == log.signer.key)
  }

  @Test(arguments: [
    "", "quorum w9", "quorum w0\nquorum w0", "quorum", "quorum w0 w1", "nonsense w0\nquorum none",
    "group g 0 w0\nquorum g", "group g 2 w0\nquorum g", "group g 01 w0\nquorum g",
    "group g any\nquorum g", "group g any none\nquorum g", "group w0 any w1\nquorum none",
    "group none any w1\nquorum none", "quorum g\ngroup g any w0",
    "group g any w0\ngroup h any w0\nquorum g", "group g any w0 w0\nquorum g",
    "log\nquorum none", "witness x\nquorum none", "witness x nonsense\nquorum none",
    "quorum none\r",
  ])
  func `that cannot be understood is refused as a whole`(rest: String) {
    let fault = #expect(throws: TrustPolicyFault.self) { try log.policy(rest) }
    #expect(fault?.line ?? 0 > 0)
  }

  @Test func `names a key once, and only of the kind that is due`() throws {
    #expect(throws: TrustPolicyFault.self) {
      try log.policy("witness again \(log.witnesses[0].key)\nquorum none")
    }
    #expect(throws: TrustPolicyFault.self) { try log.policy("log \(log.signer.key)\nquorum none") }
    #expect(throws: TrustPolicyFault.self) {
      try log.policy("witness w9 \(log.signer.key)\nquorum none")
    }
    #expect(throws: TrustPolicyFault.self) {
      try log.policy("log \(log.witnesses[0].key)\nquorum none")
    }
  }
}

@Suite struct `A proof of one entry` {
  let entries = (0..<20).map { Array("entry \($0)".utf8) }
  let log: SampleLog
  let proof: LogProof

  init() throws {
    let leaves = entries.map { NodeHash.leaf($0) }
    log = try SampleLog(size: 20, root: PlainTree.root(leaves[...]))
    let plain = PlainProofs(leaves)
    proof = LogProof(
      extra: entries[6], index: 6, hashes: plain.path(6, 0..<20),
      checkpoint: try log.signed(by: 1))
  }

  @Test func `is written, read and confirmed`() throws {
    let text = String(decoding: proof.bytes, as: UTF8.self)
    #expect(text.hasPrefix("c2sp.org/tlog-proof@v1\nextra ZW50cnkgNg==\nindex 6\n"))
    #expect(text.contains("\n\nokta.example/hindsight\n20\n"))
    #expect(try LogProof(parsing: proof.bytes) == proof)
    let opened = try proof.check(entry: entries[6], log.policy("quorum w0"))
    #expect(opened.checkpoint.size == 20)
    var without = proof
    without.extra = nil
    #expect(try LogProof(parsing: without.bytes) == without)
  }

  @Test func `for another index or entry is named as such`() throws {
    let policy = TrustPolicy(log: log.signer.key)
    for index in 0..<20 where index != 6 {
      var moved = proof
      moved.index = index
      #expect(throws: LogProofFault.otherEntry(index: index)) {
        try moved.check(entry: entries[6], policy)
      }
    }
    #expect(throws: LogProofFault.otherEntry(index: 6)) {
      try proof.check(entry: entries[7], policy)
    }
    var beyond = proof
    beyond.index = 20
    #expect(throws: LogProofFault.beyondTree(index: 20, size: 20)) {
      try beyond.check(entry: entries[6], policy)
    }
    #expect(throws: LogProofFault.checkpoint(.otherLog(origin: SampleLog.origin, expected: []))) {
      try proof.check(entry: entries[6], TrustPolicy(parsing: Array("quorum none".utf8)))
    }
  }

  @Test func `proves nothing when any byte of it is another one`() throws {
    let policy = try log.policy("quorum w0")
    let bytes = proof.bytes
    for place in bytes.indices {
      var altered = bytes
      altered[place] ^= 0x01
      #expect(throws: (any Error).self, "byte \(place)") {
        let read = try LogProof(parsing: altered)
        _ = try read.check(entry: try #require(read.extra), policy)
      }
    }
  }

  @Test(arguments: [
    "", "c2sp.org/tlog-proof@v2\n", "c2sp.org/tlog-proof@v1", "c2sp.org/tlog-proof@v1\n",
    "c2sp.org/tlog-proof@v1\nindex\n\n", "c2sp.org/tlog-proof@v1\nindex 06\n\n",
    "c2sp.org/tlog-proof@v1\nindex 6\nabc\n\n", "c2sp.org/tlog-proof@v1\nindex 6\n",
    "c2sp.org/tlog-proof@v1\nextra Zg\nindex 6\n\n", "c2sp.org/tlog-proof@v1\nindex -1\n\n",
  ])
  func `is nothing else`(text: String) {
    #expect(throws: LogProofFault.self) { try LogProof(parsing: Array(text.utf8)) }
  }
}
