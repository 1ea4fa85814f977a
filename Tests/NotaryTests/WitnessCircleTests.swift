import AsyncHTTPClient
import Connections
import EventStore
import Fixtures
import Hummingbird
import Logging
import NIOCore
import Notary
import ServiceLifecycle
import Testing
import TransparencyLog

/// The witness of a scene behind a real port.
struct RunningWitness {
  static func lend(
    _ witness: Witness, _ body: (String) async throws -> Void
  ) async throws {
    let (ports, port) = AsyncStream<Int>.makeStream()
    let application = Application(
      responder: WitnessServer(witness),
      configuration: .init(address: .hostname("127.0.0.1", port: 0)),
      onServerRunning: { port.yield($0.localAddress?.port ?? 0) }, logger: .silent)
    try await RunningService.lend(application) {
      let port = try #require(await ports.first { _ in true })
      try await body("http://127.0.0.1:\(port)")
    }
  }
}

@Suite(.timeLimit(.minutes(5))) struct `The witnesses of a log` {
  private func circle(
    _ urls: [String], _ it: WitnessScene, quorum: Int, _ journal: SQLiteJournal, _ notary: Notary
  ) async throws -> WitnessCircle {
    let key = try await it.scene.key()
    return WitnessCircle(
      urls.map {
        WitnessClient(url: $0, key: it.cosigner.key, client: HTTPClient.shared)
      }, quorum: quorum, of: journal, notary: notary, log: key)
  }

  @Test func `put their names under checkpoints, which readers then see`() async throws {
    let it = try await WitnessScene(events: 3)
    try await RunningWitness.lend(it.witness) { url in
      try await it.scene.lend { journal, notary in
        let circle = try await circle([url + "/"], it, quorum: 1, journal, notary)
        #expect(await circle.hasQuorum)
        for size in [3, 303] {
          let last = try #require(await notary.last)
          #expect(last.checkpoint.size == size)
          try await circle.show(last)
          #expect(await circle.hasQuorum)
          #expect(await circle.complaints == [:])
          let kept = try #require(try await journal.reader.lastCheckpoint())
          let note = try SignedNote(parsing: kept.note)
          #expect(note.check(it.cosigner.key) == .valid(seconds: 1_790_000_000))
          try await it.scene.append(300, to: journal)
          try await notary.sign()
        }
      }
    }
    let policy = try TrustPolicy(
      parsing: Array(
        "log \(await it.scene.key())\nwitness w \(it.cosigner.key)\nquorum w\n".utf8))
    let signed = try #require(try await it.scene.reader().checkpoint(covering: 302))
    #expect(try policy.open(signed.note).cosignatures.count == 1)
    let report = try await JournalVerifier(it.scene.reader()).verify()
    #expect(report.findings == [])
  }

  /// It cosigned this very size, and its answer was lost.
  @Test func `are asked again where their answer was lost`() async throws {
    let it = try await WitnessScene(events: 3)
    _ = try await it.witness.add(try await it.request(from: 0).bytes)
    try await RunningWitness.lend(it.witness) { url in
      try await it.scene.lend { journal, notary in
        let circle = try await circle([url], it, quorum: 1, journal, notary)
        try await circle.show(try #require(await notary.last))
        #expect(await circle.complaints == [:])
        #expect(await circle.hasQuorum)
      }
    }
  }

  /// The witness answers 409, and says what it saw; the log goes on from there.
  @Test func `are believed about what they saw, when it can be proved`() async throws {
    let it = try await WitnessScene(events: 3)
    _ = try await it.witness.add(try await it.request(from: 0).bytes)
    try await it.grow(by: 2)
    try await RunningWitness.lend(it.witness) { url in
      try await it.scene.lend { journal, notary in
        // It begins from nothing, and the witness has seen 3.
        let circle = try await circle([url], it, quorum: 1, journal, notary)
        try await circle.show(try #require(await notary.last))
        #expect(await circle.complaints == [:])
        #expect(await circle.hasQuorum)
      }
    }
  }

  @Test func `end a log whose older copy was restored`() async throws {
    let it = try await WitnessScene(events: 3)
    let older = try it.scene.copy()
    try await it.grow(by: 2)
    _ = try await it.witness.add(try await it.request(from: 0).bytes)
    try it.scene.restore(older)
    try it.scene.directory.remove(SignedHead.fileName)
    try await RunningWitness.lend(it.witness) { url in
      try await it.scene.lend { journal, notary in
        let circle = try await circle([url], it, quorum: 1, journal, notary)
        let last = try #require(await notary.last)
        let fault = await #expect(throws: WitnessedOtherwise.self) { try await circle.show(last) }
        #expect(fault?.theirs.checkpoint.size == 5)
        #expect(fault?.ours.checkpoint.size == 3)
        // And when it has grown to the same size by other events.
        try await it.scene.append(2, to: journal)
        let forked = try #require(try await notary.sign())
        await #expect(throws: WitnessedOtherwise.self) { try await circle.show(forked) }
      }
    }
  }

  @Test func `that are not reached keep new changes out, and no outcome, when required`()
    async throws
  {
    let it = try await WitnessScene(events: 3)
    try await it.scene.lend { journal, notary in
      // Nobody listens on port 1.
      let circle = try await circle(["http://127.0.0.1:1"], it, quorum: 1, journal, notary)
      let gate = WitnessGate(journal.writer, circle)
      let life = it.scene.life
      func append(_ payload: EventPayload) async throws {
        _ = try await gate.append(
          AppendBatch(to: .app("a"), at: .any, [life.draft(payload, command: life.newID())]))
      }
      try await append(.intends(.activate))
      try await circle.show(try #require(try await notary.sign()))
      #expect(await !circle.hasQuorum)
      #expect(await circle.complaints.keys.sorted() == ["witness.example/w"])
      await #expect(throws: JournalFault.self) { try await append(.intends(.activate)) }
      await #expect(throws: JournalFault.self) { try await gate.check() }
      try await append(.success)
      #expect(try await journal.reader.head().size == 5)
    }
  }
}
