import Connections
import EventStore
import Fixtures
import Testing

@testable import Projections

/// What lists and pictures are made of, which no list computes anew.
@Suite struct `Summaries, days and gaps rebuilt from the journal` {
  private static let seeds = Array(UInt64(1)...16)
  let directory: ViewsDirectory

  init() throws { directory = try ViewsDirectory() }

  private func expectRebuilt(
    _ views: ConnectionViews, _ journal: InMemoryJournal,
    _ location: SourceLocation = #_sourceLocation
  ) async throws {
    let rebuilt = try await ConnectionViews.inMemory(of: journal)
    let summaries = try await rebuilt.summaries()
    #expect(summaries.count > 1, sourceLocation: location)
    #expect(try await views.summaries() == summaries, sourceLocation: location)
    let size = try await rebuilt.size()
    #expect(
      try await views.gaps(size: size) == rebuilt.gaps(size: size), sourceLocation: location)
    let days = try await rebuilt.days(from: 0, through: 100_000)
    #expect(!days.isEmpty, sourceLocation: location)
    #expect(try await views.days(from: 0, through: 100_000) == days, sourceLocation: location)
  }

  @Test(arguments: seeds)
  func `equal those that followed all along`(seed: UInt64) async throws {
    var views: ConnectionViews?
    let journal = try await InMemoryJournal.grown(seed: seed) { journal in
      if views == nil { views = try await directory.open(journal) }
      _ = try await views?.catchUp()
    }
    try await expectRebuilt(try #require(views), journal)
  }

  @Test(arguments: seeds)
  func `equal those that were opened anew time and again`(seed: UInt64) async throws {
    let journal = try await InMemoryJournal.grown(seed: seed) { try await directory.follow($0) }
    try await expectRebuilt(directory.open(journal), journal)
  }

  @Test(arguments: seeds)
  func `equal those that two processes wrote in turn`(seed: UInt64) async throws {
    var processes: [ConnectionViews] = []
    var random = SeededGenerator(seed: seed &+ 4_000)
    let journal = try await InMemoryJournal.grown(seed: seed) { journal in
      while processes.count < 2 { processes.append(try await directory.open(journal)) }
      _ = try await random.pick(processes).catchUp()
    }
    for views in processes { try await expectRebuilt(views, journal) }
  }

  @Test(arguments: seeds)
  func `count each end of a command once`(seed: UInt64) async throws {
    let journal = try await InMemoryJournal.grown(seed: seed)
    let views = try await ConnectionViews.inMemory(of: journal)
    var sum = DayCounts()
    for counts in try await views.days(from: 0, through: 100_000).values { sum += counts }
    let events = try await journal.events(EventSelection(limit: .max))
    #expect(sum.commands == events.filter(\.payload.kind.isOutcome).count)
    #expect(sum.succeeded == events.filter { $0.payload.kind == .succeeded }.count)
  }

  @Test(arguments: seeds)
  func `page the whole of a timeline, each item once`(seed: UInt64) async throws {
    let journal = try await InMemoryJournal.grown(seed: seed)
    let views = try await ConnectionViews.inMemory(of: journal)
    for app in try await views.summaries().keys {
      let whole = try await views.history(of: app).items
      for limit in [1, 3, 7, 1_000] {
        for isNewestFirst in [false, true] {
          var items: [HistoryItem] = []
          var position: Int?
          repeat {
            let page = try await views.timeline(
              of: app, from: position, isNewestFirst: isNewestFirst, limit: limit)
            items += page.items
            position = page.next
          } while position != nil
          #expect((isNewestFirst ? items.reversed() : items) == whole, "\(app), by \(limit)")
        }
      }
    }
  }

  @Test(arguments: seeds)
  func `blame each field on the event since which it is so`(seed: UInt64) async throws {
    let journal = try await InMemoryJournal.grown(seed: seed)
    let views = try await ConnectionViews.inMemory(of: journal)
    for app in try await views.summaries().keys {
      for line in try await views.blame(of: app, at: .now).lines {
        let versions = try await views.versions(
          of: [app], from: Instant(microseconds: .min), limit: 10_000)[app]
        let since = try #require(
          versions?.last { !$0.snapshot[line.field].isSame(as: line.value) }.map(\.index) ?? -1)
        let first = try #require(versions?.first { $0.index > since })
        let shown = try #require(try await views.event(at: first.index))
        // What a read has shown of our own may have been done before it.
        if case .observed = shown.payload {
          #expect(line.event.index <= first.index, "\(app) \(line.field)")
        } else {
          #expect(line.event.index == first.index, "\(app) \(line.field)")
        }
      }
    }
  }
}
