import Connections
import EventStore
import Fixtures
import Testing

@testable import Projections

/// A list of the past is the list that was shown then, with all that it tells beside the state.
@Suite struct `A list of connections in the past` {
  private static let seeds = Array(UInt64(1)...12)

  @Test(arguments: seeds)
  func `is the one that was shown then, marks, counts and ages included`(
    seed: UInt64
  ) async throws {
    let journal = InMemoryJournal()
    var history = try RandomHistory(seed: seed)
    let views = try await ConnectionViews.inMemory(of: journal)
    var shown: [(size: Int, moment: Instant, rows: [ListedConnection])] = []
    for _ in 0..<25 {
      try await history.extend(journal, steps: 3)
      let moment = history.world.now
      let (rows, trueAt) = try await views.listed(at: .now, now: moment)
      shown.append((trueAt.size, moment, rows))
    }
    history.world.advance(seconds: 400 * 86_400)
    for (size, moment, rows) in shown {
      #expect(try await views.listed(below: size, at: moment) == rows, "size \(size)")
      let past = try await views.listed(at: .index(size - 1), now: history.world.now)
      #expect(past.rows.map(\.summary) == rows.map(\.summary), "index \(size - 1)")
    }
    #expect(shown.contains { $0.rows.contains { !$0.marks.isEmpty } })
  }

  @Test(arguments: seeds)
  func `has the days as they were shown then, the last one to the point`(
    seed: UInt64
  ) async throws {
    let journal = InMemoryJournal()
    var history = try RandomHistory(seed: seed)
    let views = try await ConnectionViews.inMemory(of: journal)
    var shown: [(size: Int, day: Int, days: [AppID: [Int: DayCounts]])] = []
    for _ in 0..<25 {
      try await history.extend(journal, steps: 3)
      let day = history.world.now.day
      let (rows, trueAt) = try await views.listed(at: .now, now: history.world.now)
      let days = try await views.days(of: rows.map(\.appID), from: day - 29, through: day)
      shown.append((trueAt.size, day, days.filter { !$0.value.isEmpty }))
    }
    for (size, day, days) in shown {
      let past = try await views.days(
        of: Array(days.keys), from: day - 29, through: day, below: size)
      #expect(past.filter { !$0.value.isEmpty } == days, "size \(size)")
    }
    #expect(shown.contains { $0.days.values.contains { $0[$0.keys.max() ?? 0] != nil } })
  }

  @Test func `has the labels of then`() async throws {
    let journal = InMemoryJournal()
    let life = StillLife()
    let app = SampleApp.org2Org
    func append(_ payload: EventPayload, to stream: StreamID = .access) async throws {
      _ = try await journal.append(AppendBatch(to: stream, at: .any, [life.draft(payload)]))
    }
    try await append(.seen, to: .connection(app))
    try await append(.notice(.appLabelled(app, label: "Acme", name: "okta_org2org")))
    try await append(.notice(.appLabelled(app, label: "Acme EU", name: "okta_org2org")))
    let views = try await ConnectionViews.inMemory(of: journal)
    for (index, label) in [(0, nil), (1, "Acme"), (2, "Acme EU")] as [(Int, String?)] {
      let rows = try await views.listed(at: .index(index), now: life.now).rows
      #expect(rows.map(\.summary.label?.label) == [label])
    }
    let names = try await views.difference(of: app, from: .index(0), to: .index(1)).found
    #expect(names.map(\.label?.label) == ["Acme"])
  }

  /// A role that was too small leaves a refusal in the stream, and tells nothing of the app.
  @Test func `has no app that was only ever refused`() async throws {
    let journal = InMemoryJournal()
    let life = StillLife()
    _ = try await journal.append(
      AppendBatch(to: .app("made-up"), at: .any, [life.draft(.policyRefusal)]))
    let views = try await ConnectionViews.inMemory(of: journal)
    #expect(try await views.summaries().isEmpty)
    #expect(try await views.listed(at: .now, now: life.now).rows.isEmpty)
    _ = try await journal.append(
      AppendBatch(to: .app("made-up"), at: .any, [life.draft(.seen)]))
    #expect(try await views.summaries().count == 1)
    #expect(try await views.summaries().values.first?.refusedAt == life.now)
  }

  /// A connection may have any number of events; what is asked of a few reads a few.
  @Test func `and a page of one connection read no whole history`() async throws {
    let journal = InMemoryJournal()
    let life = StillLife()
    let app = try #require(AppID("busy"))
    func append(_ payloads: [EventPayload], _ command: CommandID? = nil) async throws {
      _ = try await journal.append(
        AppendBatch(
          to: .connection(app), at: .any, payloads.map { life.draft($0, command: command) }))
    }
    try await append([.seen])
    for _ in 0..<400 { try await append([.intends(.activate), .success], life.newID()) }
    try await append(
      [.intends(.activate), .inDoubt(Outcome(call: CallRecord(detail: "No answer came.")))],
      life.newID())
    for _ in 0..<400 { try await append([.policyRefusal], life.newID()) }
    let reader = ListeningReader(journal)
    let views = try await ConnectionViews.inMemory(of: reader)
    #expect(try await views.blame(of: app, at: .now).lines.count == 6)
    #expect(try await views.timeline(of: app, limit: 10).items.count == 10)
    let changes = try await views.changes(
      EventSelection(appID: app, limit: 10), size: .max)
    #expect(changes.items.count == 10)
    #expect(reader.mostRead <= 20)
    // What can still settle a doubt depends on all that came after it.
    #expect(try await views.doubts(of: app).map(\.call.detail) == ["No answer came."])
    #expect(try await views.doubts().doubts.count == 1)
  }

  @Test func `finds what is sought by its type, together or apart`() async throws {
    let journal = InMemoryJournal()
    let life = StillLife()
    var doubts: [Int] = []
    for round in 0..<900 {
      let command = life.newID()
      let isDoubt = round < 150 || round % 97 == 0
      let end: EventPayload = isDoubt ? .inDoubt(Outcome(call: CallRecord())) : .success
      let drafts = [EventPayload.intends(.activate), end].map { life.draft($0, command: command) }
      let events = try await journal.append(AppendBatch(to: .app("a"), at: .any, drafts))
      life.advance(seconds: 1)
      if isDoubt, let last = events.last { doubts.append(last.index) }
    }
    let views = try await ConnectionViews.inMemory(of: journal)
    func scan(from: Instant? = nil, to: Instant? = nil, size: Int) async throws -> [Int] {
      var found: [Int] = []
      try await views.scan([.inDoubt], from: from, to: to, size: size) { found.append($0.index) }
      #expect(try await views.count([.inDoubt], from: from, to: to, size: size) == found.count)
      return found
    }
    #expect(try await scan(size: 1_800) == doubts)
    #expect(try await scan(size: 299) == doubts.filter { $0 < 299 })
    let begin = StillLife().now
    let late = try await scan(from: begin.adding(seconds: 500), size: 1_800)
    #expect(late == doubts.filter { $0 >= 1_000 })
    let early = try await scan(to: begin.adding(seconds: 500), size: 1_800)
    #expect(early == doubts.filter { $0 < 1_000 })
    #expect(try await scan(from: life.now, to: begin, size: 1_800) == [])
  }

  /// More events than lie between two counts, applied all at once and in steps by several views.
  @Test func `counts the changes of a period without making them`() async throws {
    let journal = InMemoryJournal()
    let life = StillLife()
    let directory = try ViewsDirectory()
    for round in 0..<60 {
      let drafts = (0..<100).flatMap { _ in
        let command = life.newID()
        return [EventPayload.intends(.activate), .success].map { life.draft($0, command: command) }
          + [life.draft(.policyRefusal, command: life.newID())]
      }
      _ = try await journal.append(AppendBatch(to: .app("a"), at: .any, drafts))
      life.advance(seconds: 60)
      if round % 20 == 7 { try await directory.follow(journal) }
    }
    let begin = StillLife().now
    let views = [
      try await directory.open(journal), try await ConnectionViews.inMemory(of: journal),
    ]
    for views in views {
      #expect(try await views.countOfChanges(size: 18_000) == 12_000)
      #expect(try await views.countOfChanges(size: 8_192) == 5_461)
      #expect(try await views.countOfChanges(size: 1) == 1)
      let (from, to) = (begin.adding(seconds: 600), begin.adding(seconds: 2_400))
      #expect(try await views.countOfChanges(from: from, to: to, size: 18_000) == 6_000)
      #expect(try await views.countOfChanges(from: to, to: from, size: 18_000) == 0)
    }
    #expect(try await views[0].allRows() == views[1].allRows())
  }

  @Test(arguments: [false, true])
  func `finds a text page by page, looking into so many for each`(
    isNewestFirst: Bool
  ) async throws {
    let journal = InMemoryJournal()
    let life = StillLife()
    for number in 0..<40 {
      var draft = life.draft(.intends(.activate), command: life.newID())
      draft.context.reason = number % 13 == 0 ? "rotation" : "nothing of note"
      _ = try await journal.append(
        AppendBatch(
          to: .app("a"), at: .any, [draft, life.draft(.success, command: draft.context.commandID)]))
    }
    let views = try await ConnectionViews.inMemory(of: journal)
    let whole = try await views.search("rotation", isNewestFirst: isNewestFirst, now: life.now)
    #expect(whole.items.count == 4 && whole.next == nil)
    let places = whole.items.compactMap(\.indexes.first)
    #expect(places == places.sorted { isNewestFirst ? $0 > $1 : $0 < $1 })
    var found: [HistoryItem] = []
    var position: Int?
    repeat {
      let page = try await views.search(
        "rotation", from: position, isNewestFirst: isNewestFirst, limit: 2, lookingInto: 10,
        now: life.now)
      found += page.items
      position = page.next
    } while position != nil
    #expect(found == whole.items)
  }
}
