package import Connections
import GRDB
import Synchronization
import TransparencyLog

/// Appends to `journal.sqlite`. Appends that arrive while a commit runs are committed together by
/// the next one, with one sync; each caller is answered after that sync, and a conflict fails its
/// own caller only.
///
/// A commit runs where its caller runs, so a slow disk holds one of the shared threads, and never
/// more than one: whoever comes meanwhile is suspended. A thread for commits alone would cost two
/// switches each, a third of the rate of a single writer.
package actor SQLiteJournalWriter: JournalWriter {
  let pool: DatabasePool
  /// Held, never read: the right to write goes with this value.
  private let lock: FileLock
  private var file: JournalFile
  /// `nil` after a failed commit: what is on the disk is read again before anything is added to it.
  private var end: JournalEnd?
  private var waiting: [Waiting] = []
  /// Made by the first commit.
  private var statements: CommitStatements?
  /// Appends that were asked for and are not committed yet, those still on their way here among
  /// them.
  private let announced = Atomic<Int>(0)
  /// Why nobody knows what the disk holds: a sync failed within a commit. That commit may be there
  /// at the next start or not, so this process adds nothing to it any more.
  private var undecided: StorageFault?
  /// Tells it once, to whoever ends the process for it.
  package nonisolated let undecidedCommits: AsyncStream<StorageFault>
  private let tellUndecided: AsyncStream<StorageFault>.Continuation
  /// For tests: called inside the transaction, before its commit.
  private var beforeCommit: @Sendable (Int) throws -> Void = { _ in }

  private typealias Answer = Result<[Event], JournalFault>

  private struct Waiting {
    let batch: AppendBatch
    let answer: CheckedContinuation<Answer, Never>
  }

  init(pool: DatabasePool, lock: FileLock, file: JournalFile, end: JournalEnd) {
    self.pool = pool
    self.file = file
    self.lock = lock
    self.end = end
    (undecidedCommits, tellUndecided) = AsyncStream.makeStream(bufferingPolicy: .bufferingOldest(1))
  }

  /// How a connection that commits is set up, once the pool has opened it.
  static func prepare(_ database: Database) throws {
    // With FULL each commit is on the disk before it returns, which *intent first* rests on; the
    // pool itself sets NORMAL.
    try database.execute(sql: "PRAGMA synchronous = FULL")
    // In KiB: the places at which events of thousands of streams are added.
    try database.execute(sql: "PRAGMA cache_size = -32768")
    try waitForLock(database, milliseconds: commitMilliseconds)
  }

  /// Each append is announced before it comes here, and the last of those announced commits for
  /// all: one alone never waits for another, and those that come together share a sync.
  package nonisolated func append(_ batch: AppendBatch) async throws(JournalFault) -> [Event] {
    announced.add(1, ordering: .sequentiallyConsistent)
    return try await enqueue(batch).get()
  }

  // No cancellation point lies between being announced and being answered: a caller who gives up
  // undoes nothing that others wait for.
  private func enqueue(_ batch: AppendBatch) async -> Answer {
    guard waiting.count + 1 < announced.load(ordering: .sequentiallyConsistent) else {
      return commitWaiting(and: batch)
    }
    return await withCheckedContinuation { continuation in
      waiting.append(Waiting(batch: batch, answer: continuation))
    }
  }

  /// Looks at the file, at the disk and at the lock, none of which it keeps or changes. It waits
  /// for the lock no longer than a moment: commits wait meanwhile.
  package func check() throws(JournalFault) {
    do {
      if let undecided { throw undecided }
      try file.check()
      try file.checkDisk()
      try pool.writeWithoutTransaction { database in
        try Self.waitForLock(database, milliseconds: Self.checkMilliseconds)
        defer { try? Self.waitForLock(database, milliseconds: Self.commitMilliseconds) }
        try database.execute(sql: "BEGIN IMMEDIATE; ROLLBACK")
      }
    } catch { throw .storage(StorageFault(error)) }
  }

  private static let checkMilliseconds = 100
  /// Nobody else writes to the journal; another process may move its log into the database, which
  /// takes moments. Whoever holds the lock longer keeps nothing but answers back.
  private static let commitMilliseconds = 2_000

  private static func waitForLock(_ database: Database, milliseconds: Int) throws {
    try database.execute(sql: "PRAGMA busy_timeout = \(milliseconds)")
  }

  /// For tests: fails or delays commits; receives the number of appends in the transaction.
  func interceptingCommits(_ body: @escaping @Sendable (Int) throws -> Void) {
    beforeCommit = body
  }

  /// The number of appends that wait for the next commit.
  var waitingCount: Int { waiting.count }

  /// - Returns: the answer to the last one; the others get theirs where they wait.
  private func commitWaiting(and last: AppendBatch) -> Answer {
    let group = waiting
    waiting = []
    var answers = commit(group.map(\.batch) + [last])
    announced.subtract(answers.count, ordering: .sequentiallyConsistent)
    let answer = answers.removeLast()
    for (waiting, answer) in zip(group, answers) { waiting.answer.resume(returning: answer) }
    return answer
  }

  private func commit(_ batches: [AppendBatch]) -> [Answer] {
    do {
      if let undecided { throw undecided }
      try file.check()
      let (grown, answers) = try pool.writeWithoutTransaction { database in
        try transaction(database) { statements in
          // Taken, so that it grows where it lies; after a failure it is read again.
          let known = end
          end = nil
          let rows = JournalRows(database, statements)
          let result = try write(batches, to: rows, after: known)
          try beforeCommit(batches.count)
          return result
        }
      }
      end = grown
      return answers
    } catch {
      end = nil
      if let fault = error as? UndecidedCommit { stop(fault) }
      return batches.map { _ in .failure(.storage(StorageFault(error))) }
    }
  }

  private func stop(_ fault: UndecidedCommit) {
    undecided = fault.storage
    tellUndecided.yield(fault.storage)
  }

  /// Another transaction than an append.
  func durably<Value>(_ body: (Database) throws -> Value) throws(JournalFault) -> Value {
    do {
      if let undecided { throw undecided }
      try file.check()
      return try pool.writeWithoutTransaction { database in
        try transaction(database) { _ in try body(database) }
      }
    } catch {
      if let fault = error as? UndecidedCommit { stop(fault) }
      throw .storage(StorageFault(error))
    }
  }

  /// All or nothing, on the disk when it returns.
  private func transaction<Value>(
    _ database: Database, _ body: (CommitStatements) throws -> Value
  ) throws -> Value {
    let statements = try self.statements ?? CommitStatements(database)
    self.statements = statements
    try statements.begin(database)
    do {
      let value = try body(statements)
      do { try statements.commit(database) } catch let error as DatabaseError
        where error.failedToSync
      { throw UndecidedCommit(error) }
      return value
    } catch {
      if database.isInsideTransaction { try database.rollback() }
      throw error
    }
  }

  private func write(
    _ batches: [AppendBatch], to rows: JournalRows, after known: consuming JournalEnd?
  ) throws -> (JournalEnd, [Answer]) {
    let database = rows.database
    var end = try known ?? JournalEnd.read(database, checkingAgainst: SQLiteJournal.fileName)
    var events: [JournalEnd.Placed] = []
    let answers: [Answer] = try batches.map { batch in
      if end.streams[batch.stream] == nil {
        end.streams[batch.stream] = try JournalEnd.stream(batch.stream, in: database)
      }
      let added: (placed: [JournalEnd.Placed], tiles: [Tile])
      do throws(JournalFault) { added = try end.place(batch) } catch { return .failure(error) }
      events += added.placed
      for tile in added.tiles { try rows.insert(tile) }
      for secret in batch.secrets { try rows.insert(secret) }
      for change in batch.keys { try rows.apply(change) }
      return .success(added.placed.map(\.event))
    }
    for event in events.dropLast() { try rows.insert(event) }
    if let last = events.last { try rows.insert(last, root: end.tree.root) }
    return (end, answers)
  }

  func storage<Value>(_ body: () throws -> Value) throws(JournalFault) -> Value {
    do { return try body() } catch { throw .storage(StorageFault(error)) }
  }
}

/// The sync of a commit failed: the commit may be in the write-ahead log, whole, or not.
struct UndecidedCommit: Error {
  let storage: StorageFault

  init(_ error: DatabaseError) {
    storage = StorageFault(
      isFull: false,
      description: """
        a commit could not be synced (\(error.message ?? "\(error.extendedResultCode)")), so \
        whether it lasts is unknown until the next start
        """)
  }
}

extension DatabaseError {
  fileprivate var failedToSync: Bool {
    [.SQLITE_IOERR_FSYNC, .SQLITE_IOERR_DIR_FSYNC].contains(extendedResultCode)
  }
}
