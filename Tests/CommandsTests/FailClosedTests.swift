import Connections
import EventStore
import Fixtures
import Sandbox
import Testing

@testable import Commands

@Suite(.timeLimit(.minutes(5))) struct `A journal that cannot be written` {
  private let saboteur = WatchedJournal.Saboteur()

  private func lend(_ body: (WriteLane) async throws -> Void) async throws {
    var setup = WriteLane.Setup()
    setup.wrapping = { [saboteur] in WatchedJournal(base: $0, saboteur: saboteur) }
    try await WriteLane.lend(setup, body)
  }

  @Test(
    arguments: [
      (JournalFault.fullDisk, RecordingFault.diskFull),
      (.storage(StorageFault(isFull: false, description: "disk I/O error")), .storage),
      (.eventTooLarge(bytes: 70_000), .tooLarge),
    ])
  func `before the call keeps the call from being made`(
    fault: JournalFault, told: RecordingFault
  ) async throws {
    try await lend { lane in
      saboteur.fail(.intended, with: fault)
      let answer = try await lane.change(.token("one"))
      guard case .notRecorded(let found) = answer else {
        Issue.record("\(answer.word)")
        return
      }
      #expect(found == told)
      #expect(await lane.sandbox.calls(.update) == 0)
      #expect(try await lane.events() == [])
      // The next one finds everything as it was.
      #expect(try await lane.change(.token("two")).word == "answered 200")
    }
  }

  @Test func `at a client's read lets the client read`() async throws {
    try await lend { lane in
      saboteur.fail(.observed)
      #expect(try await lane.look())
      #expect(try await lane.events() == [])
      try await lane.look()
      #expect(try await lane.kinds() == [.observed])
    }
  }

  @Test func `lets no rollback begin`() async throws {
    try await lend { lane in
      try await lane.change(.token("one"))
      try await lane.change(.token("two"))
      saboteur.fail(.rollbackStarted)
      await #expect(throws: RollbackRefusal.self) {
        try await lane.rollBack(to: .version(3))
      }
      #expect(await lane.sandbox.holds("two", for: SampleApp.org2Org))
    }
  }
}
