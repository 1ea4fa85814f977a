import Commands
import Connections
import EventStore
import Fixtures
import Foundation
import GRDB
import Sandbox
import Synchronization
import Testing

/// What a journal cannot be written for. What is done to the files and to the lock is real; a full
/// disk, a failing one and a read-only file system cannot be made here, for whoever runs the tests
/// may be root: those are told by the journal, at the append and when asked. What SQLite makes of
/// such a disk is for the crash matrix.
enum Obstruction: String, Sendable, CaseIterable {
  case moved, replaced, logMoved, logReplaced, directoryGone, full, failing, readOnly, locked

  /// What whoever asks is told.
  var reason: String {
    switch self {
    case .moved, .directoryGone: "journal.sqlite is no longer there"
    case .replaced: "journal.sqlite was replaced by another file while it was open"
    case .logMoved: "journal.sqlite-wal is no longer there"
    case .logReplaced: "journal.sqlite-wal was replaced by another file while it was open"
    case .full: "database or disk is full"
    case .failing: "disk I/O error"
    case .readOnly: "attempt to write a readonly database"
    case .locked: "database is locked"
    }
  }

  /// Stands in the way for the length of a closure.
  func stand(
    before lane: WriteLane, _ obstacle: ObstructedJournal.Obstacle, _ body: () async throws -> Void
  ) async throws {
    let file = lane.directory.file("journal.sqlite")
    let files = FileManager.default
    switch self {
    case .moved, .replaced, .logMoved, .logReplaced:
      let isLog = self == .logMoved || self == .logReplaced
      let name = isLog ? "journal.sqlite-wal" : "journal.sqlite"
      let path = lane.directory.file(name)
      try files.moveItem(atPath: path, toPath: path + ".aside")
      if self == .replaced || self == .logReplaced {
        try lane.directory.write(Array("another".utf8), to: name)
      }
      try await body()
      try? lane.directory.remove(name)
      try files.moveItem(atPath: path + ".aside", toPath: path)
    case .directoryGone:
      try files.moveItem(atPath: lane.directory.path, toPath: lane.directory.path + "-aside")
      try await body()
      try files.moveItem(atPath: lane.directory.path + "-aside", toPath: lane.directory.path)
    case .full, .failing, .readOnly:
      obstacle.fail(
        .storage(StorageFault(isFull: self == .full, description: reason)))
      try await body()
      obstacle.fail(nil as JournalFault?)
    case .locked:
      var configuration = Configuration()
      configuration.allowsUnsafeTransactions = true
      let other = try DatabaseQueue(path: file, configuration: configuration)
      try await other.writeWithoutTransaction { try $0.execute(sql: "BEGIN IMMEDIATE") }
      try await body()
      try await other.writeWithoutTransaction { try $0.execute(sql: "ROLLBACK") }
      try other.close()
    }
  }
}

@Suite(.timeLimit(.minutes(5))) struct `A journal that cannot be written` {
  private let obstacle = ObstructedJournal.Obstacle()

  private func lend(_ body: (RunningGateway) async throws -> Void) async throws {
    var setup = RunningGateway.Setup()
    setup.lane.wrapping = { [obstacle] in ObstructedJournal(base: $0, obstacle: obstacle) }
    try await RunningGateway.lend(setup, body)
  }

  private func ready(_ gateway: RunningGateway) async throws -> RawAnswer {
    // A finding serves for a second.
    gateway.lane.world.advance(seconds: 1)
    return try await gateway.ask("GET", "/health/ready", as: .nobody)
  }

  @Test(.serialized, arguments: Obstruction.allCases)
  func `keeps every call from Okta, says why, and comes back`(cause: Obstruction) async throws {
    try await lend { gateway in
      #expect(try await gateway.update("one").status == 200)
      #expect(try await ready(gateway).status == 200)
      let calls = await gateway.lane.sandbox.allCalls
      let events = try await gateway.lane.events()

      try await cause.stand(before: gateway.lane, obstacle) {
        let unready = try await ready(gateway)
        unready.expectProblem(503, "journal-not-writable")
        #expect(unready.text.contains(cause.reason))
        #expect(!unready.text.contains(gateway.lane.directory.path))
        let answer = try await gateway.update("two")
        answer.expectEnvelope(503, "E0000181")
        answer.expectRetryHeaders()
        #expect(answer.text.contains("could not be recorded"))
        #expect(answer.text.contains("Nothing was sent to Okta"))
        #expect(answer.text.contains("the disk is full") == (cause == .full))
        #expect(!answer.text.contains(gateway.lane.directory.path))
      }
      await gateway.lane.commands.drain()
      #expect(await gateway.lane.sandbox.allCalls == calls)
      #expect(try await gateway.lane.events() == events)

      #expect(try await ready(gateway).status == 200)
      #expect(try await gateway.update("three").status == 200)
    }
  }

  @Test func `is asked once a second, however many ask`() async throws {
    try await lend { gateway in
      let first = obstacle.checks
      for _ in 1...20 {
        let answer = try await gateway.ask("GET", "/health/ready", as: .nobody)
        #expect(answer.status == 200)
      }
      #expect(obstacle.checks == first + 1)
      let later = try await ready(gateway)
      #expect(later.status == 200)
      #expect(obstacle.checks == first + 2)
    }
  }
}
