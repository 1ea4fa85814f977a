import Connections
import EventStore
import Fixtures
import Testing
import TransparencyLog

@testable import Evidence

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
  /// The rows that the events of the pack are to give.
  private static let report = PackedReport(
    "changes/1", header: Array("command_id,app_id,label,what,event_indexes\r\n".utf8)
  ) { events, label in
    zip(["1,app0,\(label ?? "-"),x,", "\"a\nb\",app0,\(label ?? "-"),\"y,z\","], events)
      .map { Array("\($0)\($1.index)\r\n".utf8) }
  }

  /// Puts other contents into a file, and mends whatever sums it up, as somebody would with care.
  private func forged(
    _ pack: EvidencePack, _ name: String, _ change: (String) -> String
  ) throws -> [UInt8] {
    var texts: [String: String] = [:]
    for file in pack.files {
      texts[file.name] = String(decoding: file.bytes, as: UTF8.self)
    }
    var files = pack.files
    func replace(_ name: String, _ text: String) throws {
      let place = try #require(files.firstIndex { $0.name == name })
      let (old, new) = (
        EvidencePack.digest(files[place].bytes), EvidencePack.digest(Array(text.utf8))
      )
      files[place].bytes = Array(text.utf8)
      for other in files.indices where files[other].name == "manifest.json" {
        files[other].bytes = Array(
          String(decoding: files[other].bytes, as: UTF8.self).replacing(old, with: new).utf8)
      }
    }
    try replace(name, change(try #require(texts[name])))
    let parts = files.filter { !["index.html", "SHA256SUMS"].contains($0.name) }
    let page = try #require(files.firstIndex { $0.name == "index.html" })
    files[page].bytes = name == "index.html" ? files[page].bytes : EvidencePack.page(parts)
    let sums = files.dropLast().map { "\(EvidencePack.digest($0.bytes))  \($0.name)\n" }
    files[files.count - 1].bytes = Array(sums.joined().utf8)
    return StoredZip.encode(files)
  }

  @Test(arguments: [
    ("changes.csv", "x,3", "w,3", "changes.csv: row 1 is not what its events tell"),
    ("changes.csv", "\"a\nb\"", "\"a\nc\"", "changes.csv: row 2 is not what its events tell"),
    ("changes.csv", "1,app0,Label,x,3\r\n", "", "changes.csv: it has 1 rows"),
    ("changes.csv", "x,3\r\n", "x,999\r\n", "changes.csv: row 1 is not what its events tell"),
    ("changes.csv", "what,", "what,what,", "changes.csv: its columns are not those"),
    ("manifest.json", "\"bytes\":", "\"bytes\":9", "has not the length that manifest.json says"),
    ("manifest.json", "{\"appId\"", "{\"a\":1,\"appId\"", "has a field of its own: \"a\""),
    ("index.html", "checks passed", "are fine", "index.html is not the page that this version"),
    ("manifest.json", "\"size\":20", "\"size\":21", "true as of another checkpoint"),
    ("manifest.json", "2026-11-01T", "2030-11-01T", "is not of the time"),
    ("manifest.json", "2026-11-01T", "hello", "asks for no time"),
    ("manifest.json", "08:00:09", "08:00:11", "event 9 is before the to of manifest.json"),
    (
      "manifest.json", ",\"to\":\"2026-11-23T08:00:09.000000Z\"", "",
      "has no to, and the proof ends before event 8"
    ),
    (
      "manifest.json", "\"from\":\"2026-11-01T00:00:00.000000Z\",", "",
      "has no from, and the proof begins at event 2"
    ),
    ("manifest.json", "changes/1", "x", "manifest.json names the report \"x\""),
    ("index.html", "\"changes.csv\":\"", "\"changes.csv\":\"AAAA", "does not hold the parts"),
    ("log.vkey", "+", "+0", "log.vkey is not the key"),
  ])
  func `does not stand when it is forged with care`(
    name: String, old: String, new: String, sentence: String
  ) async throws {
    let scene = try await SignedJournal(events: 20)
    let policy = TrustPolicy(log: try await scene.key())
    let pack = try await pack(scene)
    #expect(EvidencePack.check(pack.bytes, policy, Self.report).findings == [])
    let bytes = try forged(pack, name) { $0.replacing(old, with: new, maxReplacements: 1) }
    let (findings, _, _) = EvidencePack.check(bytes, policy, Self.report)
    #expect(findings.contains { $0.contains(sentence) }, "\(findings)")
    // The label is the app's, of which the pack has no event.
    let label = try forged(pack, "changes.csv") { $0.replacing("Label,x", with: "Other,x") }
    #expect(EvidencePack.check(label, policy, Self.report).findings == [])
  }

  @Test func `that ends after the checkpoint does not prove its end`() async throws {
    let scene = try await SignedJournal(events: 20)
    let policy = TrustPolicy(log: try await scene.key())
    func said(_ range: Range<Int>, to: String) async throws -> [String] {
      let (findings, _, said) = EvidencePack.check(
        try await pack(scene, range, to: to).bytes, policy, Self.report)
      #expect(findings == [])
      return said.filter { $0.contains("that nothing happened") }
    }
    // The last event of the journal is of another connection.
    #expect(try await said(2..<8, to: "2026-11-23T08:00:09.000000Z") == [])
    #expect(try await said(2..<20, to: "2026-11-23T08:00:20.000000Z") == [])
    #expect(
      try await said(2..<20, to: "2026-11-30T00:00:00.000000Z") == [
        """
        not proved: that nothing happened from 2026-11-23T08:00:20.000000Z to \
        2026-11-30T00:00:00.000000Z, for event 19 is the last one of the checkpoint
        """
      ])
    #expect(try await said(20..<20, to: "2026-11-30T00:00:00.000000Z").count == 1)
  }

  @Test func `whose checkpoint is not believed is told of nothing else`() async throws {
    let scene = try await SignedJournal(events: 20)
    let other = try LogSigner(name: SignedJournal.origin, seed: Array(1...32)).key
    let findings = EvidencePack.check(
      try await pack(scene).bytes, TrustPolicy(log: other), Self.report
    ).findings
    #expect(findings.count == 1 && findings[0].hasPrefix("checkpoint: "), "\(findings)")
  }

  @Test(arguments: ["extra.txt", "../evil.txt", "proofs/4.tlog-proof", "events.jsonl "])
  func `has no other parts`(name: String) async throws {
    let scene = try await SignedJournal(events: 20)
    var files = try await pack(scene).files
    files.insert(StoredZip.File(name, [1]), at: 0)
    let sums = files.dropLast().map { "\(EvidencePack.digest($0.bytes))  \($0.name)\n" }
    files[files.count - 1].bytes = Array(sums.joined().utf8)
    let policy = TrustPolicy(log: try await scene.key())
    let (findings, _, _) = EvidencePack.check(StoredZip.encode(files), policy, Self.report)
    #expect(findings.contains("\(name.debugDescription) is no part of a pack"), "\(findings)")
    // Nor without one of its own.
    for gone in ["index.html", "SHA256SUMS", "log.vkey"] {
      let rest = files.dropFirst().filter { $0.name != gone }
      let (findings, _, _) = EvidencePack.check(StoredZip.encode(rest), policy, Self.report)
      #expect(findings.contains("\(gone) is missing"), "\(findings)")
    }
  }

  private func pack(
    _ scene: SignedJournal, _ range: Range<Int> = 2..<8,
    to: String = "2026-11-23T08:00:09.000000Z"
  ) async throws -> EvidencePack {
    let reader = try scene.reader()
    let app = try #require(AppID("app0"))
    let absence = try await ProofMaker(of: reader).absence(
      of: app, from: range.lowerBound, to: range.upperBound)
    return try EvidencePack(
      EvidencePack.Request(
        of: app, range, asked: ("2026-11-01T00:00:00.000000Z", to),
        made: ("Anna", StillLife().now), label: "Label"),
      absence: absence, key: try await scene.key(), report: Self.report)
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
    let check = LogCheck(TrustPolicy(log: try await scene.key()), Self.report)
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
    let refused = LogCheck(TrustPolicy(log: other), Self.report).verdict(
      on: scene.directory.file("pack.zip"))
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
        let (findings, _, _) = EvidencePack.check(StoredZip.encode(files), policy, Self.report)
        #expect(
          findings.contains { $0.contains(file.name) }, "\(file.name) at \(place): \(findings)")
      }
    }
    let bytes = pack.bytes
    var start = 0
    for file in pack.files {
      let contents = start + 30 + file.name.utf8.count
      for place in stride(from: contents, to: contents + file.bytes.count, by: 97) {
        var altered = bytes
        altered[place] ^= 0x01
        let findings = EvidencePack.check(altered, policy, Self.report).findings
        #expect(findings.contains { $0.contains(file.name) }, "byte \(place): \(findings)")
      }
      start = contents + file.bytes.count
    }
    for place in start..<bytes.count {
      var altered = bytes
      altered[place] ^= 0x01
      let findings = EvidencePack.check(altered, policy, Self.report).findings
      #expect(!findings.isEmpty, "byte \(place)")
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
      StoredZip.encode(files), TrustPolicy(log: try await scene.key()), Self.report)
    #expect(findings.contains { $0.contains("events.jsonl does not hold the events") })
  }
}
