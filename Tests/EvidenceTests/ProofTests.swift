import Connections
import EventStore
import Evidence
import Fixtures
import Testing
import TransparencyLog

@Suite struct `A proof of an event` {
  @Test func `is checked with nothing but the key`() async throws {
    let scene = try await SignedJournal(events: 270)
    let maker = ProofMaker(of: try scene.reader())
    let check = LogCheck(TrustPolicy(log: try await scene.key()), .none)
    for index in [0, 100, 255, 256, 269] {
      let proof = try await maker.proof(of: index)
      try scene.directory.write(proof.bytes, to: "one.tlog-proof")
      let verdict = check.verdict(on: scene.directory.file("one.tlog-proof"))
      #expect(verdict.isSound, "\(verdict.findings)")
      #expect(verdict.findings.first == "event \(index) is in the log")
      #expect(verdict.checkpoint?.checkpoint.size == 270)
    }
  }

  @Test func `for another index, with another key, or altered is named plainly`() async throws {
    let scene = try await SignedJournal(events: 20)
    let key = try await scene.key()
    var proof = try await ProofMaker(of: try scene.reader()).proof(of: 7)
    func words(_ proof: LogProof, _ policy: TrustPolicy) throws -> String {
      try scene.directory.write(proof.bytes, to: "one.tlog-proof")
      let verdict = LogCheck(policy, .none).verdict(
        on: scene.directory.file("one.tlog-proof"))
      #expect(!verdict.isSound)
      return verdict.findings.joined(separator: "\n")
    }
    let other = try LogSigner(name: SignedJournal.origin, seed: Array(1...32)).key
    #expect(try words(proof, TrustPolicy(log: other)).contains("the key is a wrong one"))
    let foreign = try LogSigner(name: "other.example/log", seed: Array(1...32)).key
    #expect(try words(proof, TrustPolicy(log: foreign)).contains("of another log"))
    proof.index = 8
    #expect(
      try words(proof, TrustPolicy(log: key)) == "the proof is for index 8, and the event is 7")
    proof.index = 7
    proof.extra = proof.extra.map {
      Array(
        String(decoding: $0, as: UTF8.self)
          .replacing("Anna", with: "Bert").utf8)
    }
    #expect(try words(proof, TrustPolicy(log: key)).contains("not of this entry at index 7"))
    proof.extra = nil
    #expect(try words(proof, TrustPolicy(log: key)).contains("--event"))
  }

  @Test func `is not made of what is not there, or not signed`() async throws {
    let scene = try await SignedJournal(events: 2)
    try await scene.lend { journal, _ in try await scene.append(1, to: journal) }
    let maker = ProofMaker(of: try scene.reader())
    await #expect(throws: ProofFault.notSigned(index: 2, signed: 2)) {
      try await maker.proof(of: 2)
    }
    await #expect(throws: ProofFault.notThere(index: 3, size: 3)) { try await maker.proof(of: 3) }
    let unsigned = try SignedJournal()
    _ = try unsigned.open()
    await #expect(throws: LogExportFault.self) {
      try await ProofMaker(of: try unsigned.reader()).proof(of: 0)
    }
  }
}
