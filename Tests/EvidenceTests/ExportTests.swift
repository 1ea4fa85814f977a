import Connections
import EventStore
import Evidence
import Fixtures
import GRDB
import Notary
import Testing
import TransparencyLog

extension PackedReport {
  /// Where no pack is checked.
  static let none = PackedReport("none", header: []) { _, _ in [] }
}

@Suite struct `An export of the log` {
  private func export(
    _ scene: SignedJournal, to target: TemporaryDirectory
  ) async throws -> LogExport.Report {
    try await LogExport(of: try scene.reader(), to: target.path).run()
  }

  private func check(_ target: TemporaryDirectory, _ scene: SignedJournal) async throws -> Verdict {
    LogCheck(TrustPolicy(log: try await scene.key()), .none).verdict(on: target.path)
  }

  @Test func `is a directory of tiles, and a second run adds what is new`() async throws {
    let scene = try await SignedJournal(events: 300)
    let target = try TemporaryDirectory()
    #expect(
      try await export(scene, to: target)
        == LogExport.Report(size: 300, earlier: 0, files: 6, unsigned: 0))
    #expect(try target.bytes(of: "tile/0/000").count == 8_192)
    #expect(try target.bytes(of: "tile/0/001.p/44").count == 44 * 32)
    #expect(try target.bytes(of: "tile/1/000.p/1").count == 32)
    let bodies = try await scene.reader().bodies(0..<256)
    #expect(try EntryBundle.decode(target.bytes(of: "tile/entries/000")) == bodies)
    #expect(try await check(target, scene).isSound)

    // A file that is there already is not written again.
    let old = try target.bytes(of: "tile/entries/000")
    try target.write([1], to: "tile/entries/000")
    try await scene.lend { journal, notary in
      try await scene.append(212, to: journal)
      try await notary.sign()
      try await scene.append(1, to: journal)
    }
    #expect(
      try await export(scene, to: target)
        == LogExport.Report(size: 512, earlier: 300, files: 4, unsigned: 1))
    #expect(try target.bytes(of: "tile/entries/000") == [1])
    #expect(!target.exists("tile/0/001.p"))
    try target.write(old, to: "tile/entries/000")
    #expect(
      try await check(target, scene).findings.first == "every entry, every tile and the root agree")
    #expect(try await export(scene, to: target).files == 1)
  }

  static let damages: [(file: String, words: String)] = [
    ("tile/entries/000", "entry 7 in tile/entries/000"), ("tile/0/000", "tile/0/000"),
    ("tile/0/001.p/44", "tile/0/001.p/44"), ("tile/1/000.p/1", "tile/1/000.p/1 is not the one"),
    ("tile/entries/001.p/44", "tile/entries/001.p/44"), ("checkpoint", "is false"),
  ]

  @Test(arguments: damages)
  func `that is altered anywhere is found, and the place named`(
    damage: (file: String, words: String)
  ) async throws {
    let scene = try await SignedJournal(events: 300)
    let target = try TemporaryDirectory()
    _ = try await export(scene, to: target)
    var bytes = try target.bytes(of: damage.file)
    // Within the eighth entry, or the root's line of the checkpoint.
    let place = damage.file == "tile/entries/000" ? bytes.count * 7 / 256 + 60 : 30
    bytes[place] ^= 1
    try target.write(bytes, to: damage.file)
    let verdict = try await check(target, scene)
    #expect(!verdict.isSound)
    #expect(
      verdict.findings.contains { $0.contains(damage.words) }, "\(verdict.findings)")
  }

  @Test(arguments: ["tile/entries/000", "tile/0/001.p/44", "tile/1/000.p/1", "checkpoint"])
  func `that is truncated is named as such`(file: String) async throws {
    let scene = try await SignedJournal(events: 300)
    let target = try TemporaryDirectory()
    _ = try await export(scene, to: target)
    let bytes = try target.bytes(of: file)
    try target.write(Array(bytes.dropLast(7)), to: file)
    #expect(try await !check(target, scene).isSound)
    try target.remove(file)
    let verdict = try await check(target, scene)
    #expect(!verdict.isSound)
    let words =
      file == "checkpoint" ? "is not there" : "\(file) is missing: the export is truncated"
    #expect(verdict.findings.contains { $0.contains(words) }, "\(verdict.findings)")
  }

  @Test(arguments: [
    "tile/entries/001.p/44", "tile/entries/000", "tile/0/001.p/44", "tile/1/000.p/1",
  ])
  func `that holds more than belongs to it is named as such`(file: String) async throws {
    let scene = try await SignedJournal(events: 300)
    let target = try TemporaryDirectory()
    _ = try await export(scene, to: target)
    let more =
      file.contains("entries")
      ? EntryBundle.encode([Array("forged".utf8)]) : Array(repeating: 7, count: 32)
    try target.write(try target.bytes(of: file) + more, to: file)
    let verdict = try await check(target, scene)
    #expect(!verdict.isSound)
    #expect(verdict.findings.contains { $0.contains("belong to it") }, "\(verdict.findings)")
  }

  @Test func `with parts of an earlier one is held to them, too`() async throws {
    let scene = try await SignedJournal(events: 10)
    let target = try TemporaryDirectory()
    _ = try await export(scene, to: target)
    try await scene.lend { journal, notary in
      try await scene.append(5, to: journal)
      try await notary.sign()
    }
    _ = try await export(scene, to: target)
    #expect(try await check(target, scene).isSound)
    for file in ["tile/entries/000.p/10", "tile/0/000.p/10"] {
      let bytes = try target.bytes(of: file)
      try target.write(bytes.dropLast() + [bytes.last.map { $0 ^ 1 } ?? 0], to: file)
      let verdict = try await check(target, scene)
      #expect(
        verdict.findings.contains("\(file), of an earlier export, is not what it was"),
        "\(verdict.findings)")
      try target.write(bytes, to: file)
    }
    // What the checkpoint does not reach is no part of what is sound.
    try target.write([1], to: "tile/entries/001")
    let verdict = try await check(target, scene)
    #expect(verdict.isSound)
    #expect(verdict.findings.contains { $0.contains("one file under tile/ that no signature") })
  }

  @Test func `is not made of what the journal does not prove`() async throws {
    let scene = try await SignedJournal(events: 10)
    let queue = try DatabaseQueue(path: scene.directory.file(SQLiteJournal.fileName))
    try await queue.write { database in
      try database.execute(
        sql: """
          DROP TRIGGER events_are_not_updated;
          UPDATE events SET body = replace(body, 'Anna', 'Anne') WHERE "index" = 4
          """)
    }
    let target = try TemporaryDirectory()
    let fault = await #expect(throws: LogExportFault.self) { try await export(scene, to: target) }
    #expect("\(try #require(fault))".contains("does not prove event 4"))
  }

  @Test func `does not go on where another log, or another history, was exported`() async throws {
    let scene = try await SignedJournal(events: 5)
    let target = try TemporaryDirectory()
    _ = try await export(scene, to: target)
    let other = try SignedJournal()
    // Its key is drawn later, so it is another one.
    _ = other.life.newID()
    try await other.lend { journal, notary in
      try await other.append(4, to: journal)
      try await notary.sign()
    }
    await #expect(throws: CheckpointFault.self) { try await export(other, to: target) }
    let full = try TemporaryDirectory()
    try full.write([1], to: "letters.txt")
    await #expect(throws: LogExportFault.self) { try await export(scene, to: full) }
  }

  /// The same key signs two histories: only who has both sees it.
  @Test func `and a journal that disagree are shown, both of them`() async throws {
    let scene = try await SignedJournal(events: 0)
    let before = try scene.copy()
    try await scene.lend { journal, notary in
      try await scene.append(5, to: journal)
      try await notary.sign()
    }
    let target = try TemporaryDirectory()
    _ = try await export(scene, to: target)
    try scene.restore(before)
    try scene.directory.remove(SignedHead.fileName)
    try await scene.lend { journal, notary in
      try await scene.append(5, to: journal)
      try await notary.sign()
    }
    let fault = await #expect(throws: LogExportFault.self) { try await export(scene, to: target) }
    let words = "\(try #require(fault))"
    #expect(words.contains("one of them is not the history"))
    #expect(words.ranges(of: "— okta.example/hindsight").count == 2)

    let second = try TemporaryDirectory()
    _ = try await export(scene, to: second)
    let check = LogCheck(TrustPolicy(log: try await scene.key()), .none)
    let verdicts = [target, second].map { check.verdict(on: $0.file("checkpoint")) }
    let areSound = verdicts.allSatisfy(\.isSound)
    #expect(areSound)
    let contradictions = LogCheck.contradictions(in: verdicts)
    #expect(contradictions.count == 1)
    #expect(contradictions.first?.contains("the log misbehaved") == true)
    #expect(LogCheck.contradictions(in: [verdicts[0], verdicts[0]]) == [])

    // An earlier checkpoint against a later export.
    try await scene.lend { journal, notary in
      try await scene.append(3, to: journal)
      try await notary.sign()
    }
    _ = try await export(scene, to: second)
    let later = check.verdict(on: second.path)
    #expect(LogCheck.contradictions(in: [verdicts[1], later]) == [])
    #expect(LogCheck.contradictions(in: [verdicts[0], later]).count == 1)
  }
}
