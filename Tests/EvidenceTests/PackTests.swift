import Connections
import EventStore
import Evidence
import Fixtures
import Testing
import TransparencyLog

@Suite struct `An archive without compression` {
  let files = [
    StoredZip.File("a.txt", Array("one".utf8)), StoredZip.File("b/ü.txt", []),
    StoredZip.File("c", Array(repeating: 7, count: 70_000)),
  ]

  @Test func `comes back`() throws {
    #expect(try StoredZip.decode(StoredZip.encode(files)) == files)
    #expect(try StoredZip.decode(StoredZip.encode([files[0]])) == [files[0]])
  }

  @Test func `is refused when its structure is altered, or it is cut`() throws {
    let bytes = StoredZip.encode([files[0], files[1]])
    for place in bytes.indices {
      var altered = bytes
      altered[place] ^= 0x01
      let read = try? StoredZip.decode(altered)
      #expect(read == nil, "byte \(place)")
    }
    #expect(throws: StoredZip.Fault.self) { try StoredZip.decode(bytes.dropLast(9)) }
    #expect(throws: StoredZip.Fault.notAnArchive) { try StoredZip.decode([1, 2, 3, 4]) }
  }
}

@Suite struct `An evidence pack` {
  private func pack(_ scene: SignedJournal, _ range: Range<Int> = 2..<8) async throws
    -> EvidencePack
  {
    let reader = try scene.reader()
    let app = try #require(AppID("app0"))
    let absence = try await ProofMaker(of: reader).absence(
      of: app, from: range.lowerBound, to: range.upperBound)
    let csv = Array("command_id,app_id\r\n1,app0\r\n\"a\nb\",app0\r\n".utf8)
    return try EvidencePack(
      EvidencePack.Request(
        of: app, range, asked: ("2026-11-23T08:00:00.000000Z", nil),
        made: ("Anna", StillLife().now),
        report: EvidencePack.Report(definition: "changes/1", csv: csv, rows: 2)),
      absence: absence, key: try await scene.key())
  }

  @Test func `holds all that is needed, and is checked with nothing but the key`() async throws {
    let scene = try await SignedJournal(events: 20)
    let pack = try await pack(scene)
    #expect(
      pack.files.map(\.name) == [
        "absence.proof", "changes.csv", "checkpoint", "events.jsonl", "log.vkey",
        "proofs/3.tlog-proof", "proofs/6.tlog-proof", "manifest.json", "index.html", "SHA256SUMS",
      ])
    try scene.directory.write(pack.bytes, to: "pack.zip")
    let check = LogCheck(TrustPolicy(log: try await scene.key()))
    let verdict = check.verdict(on: scene.directory.file("pack.zip"))
    #expect(verdict.isSound, "\(verdict.findings)")
    #expect(
      verdict.findings.first == """
        all 2 events of app0 from event 2 to before event 8, and nothing else happened to it
        """)
    let page = try #require(pack.files.first { $0.name == "index.html" })
    let text = String(decoding: page.bytes, as: UTF8.self)
    #expect(!text.contains("http://") && !text.contains("https://"))
    #expect(!text.contains("\"FILES\""))
    let other = try LogSigner(name: SignedJournal.origin, seed: Array(1...32)).key
    let refused = LogCheck(TrustPolicy(log: other)).verdict(on: scene.directory.file("pack.zip"))
    #expect(refused.findings.contains { $0.contains("checkpoint: ") && $0.contains("wrong one") })
  }

  /// Each 7th byte, each byte of the archive's own; in the file that it is in.
  @Test func `says which part failed when a byte of it is another one`() async throws {
    let scene = try await SignedJournal(events: 20)
    let pack = try await pack(scene)
    let policy = TrustPolicy(log: try await scene.key())
    for (number, file) in pack.files.enumerated() {
      let step = max(1, file.bytes.count / 60)
      for place in stride(from: number % step, to: file.bytes.count, by: step) {
        var files = pack.files
        files[number].bytes[place] ^= 0x01
        let (findings, _, _) = EvidencePack.check(StoredZip.encode(files), policy)
        #expect(
          findings.contains { $0.contains(file.name) }, "\(file.name) at \(place): \(findings)")
      }
    }
    let bytes = pack.bytes
    for place in stride(from: 0, to: bytes.count, by: bytes.count / 97) {
      var altered = bytes
      altered[place] ^= 0x01
      #expect(!EvidencePack.check(altered, policy).findings.isEmpty, "byte \(place)")
    }
  }

  @Test func `does not stand when an event was left out of it with care`() async throws {
    let scene = try await SignedJournal(events: 20)
    let whole = try await pack(scene)
    var files = whole.files
    // Its line, and nothing else, as somebody would who also mends the sums.
    let place = try #require(files.firstIndex { $0.name == "events.jsonl" })
    let lines = files[place].bytes.split(separator: 0x0A)
    files[place].bytes = Array(lines[1]) + [0x0A]
    let (findings, _, _) = EvidencePack.check(
      StoredZip.encode(files), TrustPolicy(log: try await scene.key()))
    #expect(findings.contains { $0.contains("events.jsonl does not hold the events") })
  }
}
