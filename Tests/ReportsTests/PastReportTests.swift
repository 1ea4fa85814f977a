import Connections
import EventStore
import Fixtures
import Projections
import Testing

@testable import Reports

@Suite struct `A report of a point in the past` {
  private func views(of journal: any JournalReader) async throws -> ConnectionViews {
    let id = UUIDv7(instant: StillLife().now, random: Array(0..<10))
    return try await ConnectionViews(directory: "/nowhere", journal: journal, journalID: id)
  }

  private func csv(
    _ name: ReportName, at point: PointInHistory, madeAt: Instant, _ views: ConnectionViews
  ) async throws -> String {
    var report = Report(name, trueAt: try await views.size(), madeAt: madeAt)
    try await report.move(to: point, in: views)
    return try await csv(report, views)
  }

  private func csv(_ report: Report, _ views: ConnectionViews) async throws -> String {
    var bytes: [UInt8] = []
    _ = try await report.write(.csv, from: views) { bytes += $0 }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// Another token, another name, a rollback, a doubt, who looked, and a day.
  private func goOn(_ example: Example) async throws {
    let (journal, life) = (example.journal, example.life)
    life.advance(seconds: 86_400)
    func append(
      _ payloads: [EventPayload], to stream: StreamID, _ command: CommandID? = nil
    ) async throws {
      _ = try await journal.append(
        AppendBatch(to: stream, at: .any, payloads.map { life.draft($0, command: command) }))
    }
    let rotation = life.newID()
    _ = try await journal.append(
      try life.sealedUpdate(of: .app("a"), token: "another", command: rotation))
    try await append([.success], to: .app("a"), rotation)
    let app = try #require(AppID("a"))
    try await append([.notice(.appLabelled(app, label: "A new name", name: nil))], to: .access)
    let start = RollbackStart(
      planDigest: "00", steps: [.update], target: .version(1), targetVersion: 1)
    try await append([.rollback(.started(start))], to: .app("a"), life.newID())
    try await append(
      [.intends(.activate), .inDoubt(Outcome(call: CallRecord()))], to: .app("c"), life.newID())
    try await append(
      [.exported(Export(definition: "changes/2", from: nil, to: nil, trueAtSize: 3))], to: .access)
    life.advance(seconds: 200 * 86_400)
  }

  @Test(arguments: ReportName.allCases)
  func `is the same after a rotation, a rename, a rollback and a day`(
    name: ReportName
  ) async throws {
    let example = try await Example()
    let app = try #require(AppID("a"))
    _ = try await example.journal.append(
      AppendBatch(
        to: .access, at: .any,
        [example.life.draft(.notice(.appLabelled(app, label: "The old name", name: nil)))]))
    let views = try await views(of: example.journal)
    let last = try await views.size() - 1
    let moment = example.life.now
    let first = try await csv(name, at: .index(last), madeAt: moment, views)
    let then = try await csv(name, at: .time(moment), madeAt: moment, views)
    let present = Report(name, trueAt: last + 1, madeAt: moment)
    let seen = try await csv(present, views)
    let again = present.pointAgain
    try await goOn(example)
    let now = example.life.now
    #expect(try await csv(name, at: .index(last), madeAt: now, views) == first)
    #expect(try await csv(name, at: .time(moment), madeAt: now, views) == then)
    #expect(!first.contains("A new name"))
    // What was made of the present says by which point it is made again.
    let point: PointInHistory =
      if let index = Int(again) { .index(index) } else { .time(try #require(Instant(again))) }
    #expect(try await csv(name, at: point, madeAt: now, views) == seen)
    #expect(present.export.asOf == again)
  }

  @Test func `tells ages as they were`() async throws {
    let example = try await Example()
    let views = try await views(of: example.journal)
    let last = try await views.size() - 1
    let before = try await csv(
      .credentialAges, at: .index(last), madeAt: example.life.now, views)
    #expect(before.contains("2026-11-23T08:00:"), "the moment at which the token was set")
    try await goOn(example)
    let late = try await csv(
      .credentialAges, at: .time(example.life.now), madeAt: example.life.now, views)
    #expect(late != before && late.contains(",201,"))
  }

  @Test(arguments: ReportName.allCases)
  func `shows its first rows without making the rest`(name: ReportName) async throws {
    let example = try await Example()
    try await goOn(example)
    let views = try await views(of: example.journal)
    let report = Report(name, trueAt: try await views.size(), madeAt: example.life.now)
    var all: [[ReportValue]] = []
    let count = try await report.rows(from: views) { all.append($0) }
    for limit in [1, 3, 1_000] {
      let first = try await report.firstRows(limit, from: views)
      guard name != .sample else {
        #expect(first.rows.isEmpty && first.count == nil)
        continue
      }
      #expect(first.rows == Array(all.prefix(limit)))
      #expect(first.count == count, "\(limit)")
    }
  }
}
