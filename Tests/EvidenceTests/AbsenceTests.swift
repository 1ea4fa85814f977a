import Connections
import EventStore
import Evidence
import Fixtures
import Notary
import Testing
import TransparencyLog

@Suite struct `A proof of absence` {
  /// Nine events of the connections app0, app1, app2 in turn, then five of app1 alone.
  private func scene() async throws -> SignedJournal {
    let scene = try SignedJournal()
    try await scene.lend { journal, notary in
      try await scene.append(9, to: journal)
      for _ in 0..<5 {
        _ = try await journal.writer.append(
          AppendBatch(to: .app("app1"), at: .any, [scene.life.draft(.seen)]))
      }
      try await notary.sign()
    }
    return scene
  }

  private func proof(
    _ scene: SignedJournal, _ app: String, _ from: Int, _ to: Int?
  ) async throws -> AbsenceProof {
    try await ProofMaker(of: try scene.reader()).absence(
      of: try #require(AppID(app)), from: from, to: to)
  }

  @Test(
    arguments: [
      ("app0", 1, 3, [], true), ("app0", 1, 4, [3], true), ("app0", 0, 6, [0, 3], true),
      ("app0", 4, 6, [], true), ("app1", 2, 4, [], true), ("app0", 7, 9, [], false),
      ("app0", 7, nil, [], false), ("app2", 3, nil, [5, 8], false), ("other", 0, nil, [], false),
      ("app1", 10, nil, [10, 11, 12, 13], false), ("app0", 5, 5, [], true),
      ("app2", 14, 14, [], true),
    ] as [(String, Int, Int?, [Int], Bool)])
  func `says what happened, and that nothing else did`(
    app: String, from: Int, to: Int?, happened: [Int], isClosed: Bool
  ) async throws {
    let scene = try await scene()
    let made = try await proof(scene, app, from, to)
    #expect((made.tail == nil) == isClosed)
    let read = try AbsenceProof(parsing: made.bytes)
    #expect(read == made)
    let checked = try read.check(TrustPolicy(log: await scene.key()))
    #expect(checked.happened == happened)
    #expect(checked.checkpoint.checkpoint.size == 14)
  }

  @Test func `is checked offline, in words`() async throws {
    let scene = try await scene()
    let check = LogCheck(TrustPolicy(log: try await scene.key()), .none)
    for (app, from, to, words) in [
      ("app0", 1, 3, "nothing happened to app0 from event 1 to before event 3"),
      (
        "app0", 1, 6,
        "to app0 happened from event 1 to before event 6 the events 3, and nothing else"
      ),
    ] {
      try scene.directory.write(try await proof(scene, app, from, to).bytes, to: "absence")
      let verdict = check.verdict(on: scene.directory.file("absence"))
      #expect(verdict.isSound)
      #expect(verdict.findings.first == words)
    }
  }

  /// Each way in which somebody might leave an event out.
  @Test func `does not stand when anything is left out of it`() async throws {
    let scene = try await scene()
    let policy = TrustPolicy(log: try await scene.key())
    let whole = try await proof(scene, "app0", 1, 7)
    #expect(whole.links.map(\.index) == [3, 6])
    var cut = whole
    cut.links.removeFirst()
    #expect(throws: AbsenceFault.gap(before: 6)) { try cut.check(policy) }
    cut = whole
    cut.links.removeLast()
    cut.tail = nil
    #expect(throws: AbsenceFault.open) { try cut.check(policy) }
    var other = whole
    other.links = try await proof(scene, "app1", 1, 3).links
    #expect(throws: AbsenceFault.otherEvent(index: 1)) { try other.check(policy) }
    var wide = whole
    wide.to = 15
    #expect(throws: AbsenceFault.beyondTree(size: 14)) { try wide.check(policy) }

    let open = try await proof(scene, "app0", 7, nil)
    var short = open
    short.tail?.entries.removeLast()
    #expect(throws: AbsenceFault.tailAltered) { try short.check(policy) }
    short = open
    short.from = 1
    #expect(throws: AbsenceFault.open) { try short.check(policy) }
    // The tail of another one has the connection's events in it.
    var foreign = try await proof(scene, "other", 0, nil)
    foreign.appID = try #require(AppID("app0"))
    #expect(throws: AbsenceFault.somethingHappened(index: 0)) { try foreign.check(policy) }
  }

  @Test(arguments: [("app0", 1, 3), ("app0", 7, 14)])
  func `proves nothing when any byte of it is another one`(
    app: String, from: Int, to: Int
  ) async throws {
    let scene = try await scene()
    let policy = TrustPolicy(log: try await scene.key())
    let made = try await proof(scene, app, from, to)
    let bytes = made.bytes
    for place in bytes.indices {
      var altered = bytes
      altered[place] ^= 0x01
      // A range or an app that is another one may be true as well: then it says so.
      guard let read = try? AbsenceProof(parsing: altered), let checked = try? read.check(policy)
      else { continue }
      #expect(
        (read.appID, read.from, read.to) != (made.appID, made.from, made.to), "byte \(place)")
      #expect(
        checked.happened
          == (try await proof(scene, read.appID.description, read.from, read.to)
            .check(policy).happened),
        "byte \(place)")
    }
  }
}
