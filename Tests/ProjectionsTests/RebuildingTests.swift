import Connections
import EventStore
import Fixtures
import Testing

@testable import Projections

/// Each seed is a history of its own; a failure is repeated by its seed alone.
@Suite struct `Views rebuilt from the journal equal views` {
  private static let seeds = Array(UInt64(1)...24)
  let directory: ViewsDirectory

  init() throws { directory = try ViewsDirectory() }

  private func expectRebuilt(
    _ views: ConnectionViews, _ journal: InMemoryJournal,
    _ location: SourceLocation = #_sourceLocation
  ) async throws {
    let rebuilt = try await ConnectionViews.rebuilt(journal)
    #expect(rebuilt.count > 10, sourceLocation: location)
    #expect(try await views.versions(of: journal) == rebuilt, sourceLocation: location)
    let rows = try await ConnectionViews.inMemory(of: journal).allRows()
    #expect(try await views.allRows() == rows, sourceLocation: location)
  }

  @Test(arguments: seeds)
  func `that followed all along`(seed: UInt64) async throws {
    var views: ConnectionViews?
    let journal = try await InMemoryJournal.grown(seed: seed) { journal in
      if views == nil { views = try await directory.open(journal) }
      _ = try await views?.catchUp()
    }
    try await expectRebuilt(try #require(views), journal)
  }

  @Test(arguments: seeds)
  func `that were opened anew time and again`(seed: UInt64) async throws {
    let journal = try await InMemoryJournal.grown(seed: seed) { try await directory.follow($0) }
    try await expectRebuilt(directory.open(journal), journal)
  }

  @Test(arguments: seeds)
  func `that two processes wrote in turn`(seed: UInt64) async throws {
    var processes: [ConnectionViews] = []
    var random = SeededGenerator(seed: seed &+ 2_000)
    let journal = try await InMemoryJournal.grown(seed: seed) { journal in
      while processes.count < 2 { processes.append(try await directory.open(journal)) }
      _ = try await random.pick(processes).catchUp()
    }
    for views in processes { try await expectRebuilt(views, journal) }
  }

  @Test(arguments: seeds)
  func `that were asked by many at once`(seed: UInt64) async throws {
    let journal = try await InMemoryJournal.grown(seed: seed) { journal in
      let views = try await directory.open(journal)
      try await withThrowingTaskGroup(of: Int.self) { group in
        for _ in 0..<8 {
          group.addTask { try await views.connections(at: .now).trueAt.size }
        }
        let head = await journal.head()
        for try await size in group { #expect(size == head.size) }
      }
    }
    try await expectRebuilt(directory.open(journal), journal)
  }

  @Test(arguments: seeds.prefix(6))
  func `whose file was deleted`(seed: UInt64) async throws {
    let journal = try await InMemoryJournal.grown(seed: seed) { try await directory.follow($0) }
    ConnectionViews.delete(directory: directory.directory.path)
    #expect(try directory.directory.names() == [])
    try await expectRebuilt(directory.open(journal), journal)
  }

  @Test(arguments: seeds.prefix(6))
  func `that have no place on a disk`(seed: UInt64) async throws {
    let written = try await InMemoryJournal.grown(seed: seed) { try await directory.follow($0) }
    let views = try await ConnectionViews.inMemory(of: written)
    #expect(try await views.versions(of: written) == directory.open(written).allVersions())
  }
}
