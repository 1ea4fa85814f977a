import Connections
import Fixtures
import GRDB
import Testing

@testable import EventStore

@Suite(.timeLimit(.minutes(5))) struct `Appends that arrive while a commit runs` {
  let life = StillLife()
  let directory: JournalDirectory

  init() throws { directory = try JournalDirectory() }

  private func batch(_ stream: String, at version: ExpectedVersion = .any) -> AppendBatch {
    AppendBatch(to: .app(stream), at: version, [life.draft(.seen)])
  }

  /// Starts one append and holds its commit; starts the others, which now wait for the next one.
  private func start(
    _ others: [AppendBatch], on journal: SQLiteJournal, behind gate: Gate
  ) async -> (first: Task<[Event], any Error>, others: [Task<[Event], any Error>]) {
    let writer = journal.writer
    await writer.interceptingCommits { try gate.pass($0) }
    let batch = batch("first")
    // On a thread of its own: a commit runs where its caller runs, and this one is held.
    let first = Task(executorPreference: FirstSteps()) { try await writer.append(batch) }
    await gate.reached()
    let steps = FirstSteps()
    let tasks = others.map { batch in
      Task(executorPreference: steps) { try await writer.append(batch) }
    }
    steps.taken()
    return (first, tasks)
  }

  @Test func `share the next one`() async throws {
    try await directory.lend { journal in
      let gate = Gate()
      let batches = (0..<64).map { batch("app\($0 % 8)") }
      let (first, others) = await start(batches, on: journal, behind: gate)
      gate.open()
      #expect(try await first.value.map(\.index) == [0])
      var indexes: [Int] = []
      for task in others { indexes += try await task.value.map(\.index) }
      #expect(indexes == Array(1...64))
      #expect(gate.commits == [1, 64])
      let roots = try await journal.pool.read {
        try Int.fetchAll($0, sql: #"SELECT "index" FROM events WHERE root IS NOT NULL"#)
      }
      #expect(roots == [0, 64])
    }
    try await directory.expectSound()
  }

  @Test func `fail alone where they conflict`() async throws {
    try await directory.lend { journal in
      let gate = Gate()
      let batches = [
        batch("a", at: .exactly(0)), batch("a", at: .exactly(0)), batch("b", at: .exactly(5)),
        batch("a", at: .exactly(1)),
      ]
      let (first, others) = await start(batches, on: journal, behind: gate)
      gate.open()
      _ = try await first.value
      #expect(try await others[0].value.map(\.streamVersion) == [1])
      await #expect(
        throws: JournalFault.conflict(stream: .app("a"), expected: 0, found: 1)
      ) { try await others[1].value }
      await #expect(
        throws: JournalFault.conflict(stream: .app("b"), expected: 5, found: 0)
      ) { try await others[2].value }
      #expect(try await others[3].value.map(\.streamVersion) == [2])
      #expect(gate.commits == [1, 4])
      #expect(try await journal.reader.head().size == 3)
    }
    try await directory.expectSound()
  }

  @Test func `all fail with the commit, leave nothing, and do not stop the next`() async throws {
    try await directory.lend { journal in
      let gate = Gate(failing: [2])
      let sealed = try life.sealedUpdate(of: .app("b"), token: "first")
      let (first, others) = await start(
        [batch("first", at: .exactly(1)), sealed, batch("c", at: .exactly(9))], on: journal,
        behind: gate)
      gate.open()
      let kept = try await first.value
      for task in others {
        await #expect {
          try await task.value
        } throws: { error in
          guard case .storage(let fault) = error as? JournalFault else { return false }
          return !fault.isFull
        }
      }
      #expect(gate.commits == [1, 3])
      #expect(try await journal.reader.events(EventSelection(limit: 9)) == kept)
      #expect(try await journal.reader.sealedSecret(sealed.secrets[0].id) == nil)

      let next = try await journal.writer.append(batch("first", at: .exactly(1)))
      #expect(next.map(\.index) == [1])
      #expect(next.map(\.previous) == [0])
      let again = try await journal.writer.append(sealed)
      #expect(again.map(\.index) == [2])
    }
    try await directory.expectSound()
  }

  @Test func `are carried out when a caller is cancelled`() async throws {
    try await directory.lend { journal in
      let gate = Gate()
      let (first, others) = await start(
        [batch("a"), batch("b")], on: journal, behind: gate)
      others[0].cancel()
      first.cancel()
      gate.open()
      // An append that was asked for is done and told, cancelled or not.
      let answers = try await [first.value, others[0].value, others[1].value]
      #expect(answers.map { $0.map(\.index) } == [[0], [1], [2]])
      #expect(try await journal.reader.head().size == 3)
    }
    try await directory.expectSound()
  }
}
