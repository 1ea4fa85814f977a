import Connections
import Foundation
import GRDB
package import TransparencyLog

/// Checks the whole journal against itself and names what is wrong, going on to the end.
package struct JournalVerifier: Sendable {
  let database: any DatabaseReader
  private let keys: WrappedKeys?
  /// Events checked by one task at a time: whole tiles.
  private static let chunk = 100 * Tile.width

  /// - Parameter keys: what the master key can tell; without it wrapped keys are only counted.
  package init(_ reader: SQLiteJournalReader, keys: WrappedKeys? = nil) {
    database = reader.database
    self.keys = keys
  }

  package struct Finding: Hashable, Sendable, Comparable {
    /// The index of the event that is wrong; absent when it is about another row.
    package var index: Int?
    package var problem: String

    package init(index: Int?, problem: String) {
      self.index = index
      self.problem = problem
    }

    package static func < (left: Finding, right: Finding) -> Bool {
      if left.index != right.index { return left.index ?? .max < right.index ?? .max }
      return left.problem.compare(right.problem, options: .numeric) == .orderedAscending
    }
  }

  package struct Report: Sendable {
    /// The events that were checked.
    package var size: Int
    /// Computed from the bodies alone.
    package var root: NodeHash
    package var findings: [Finding]
    /// What could not be looked into, in words.
    package var omissions: [String]
    /// SQLite cannot read the file to its end, so nothing else was looked at.
    package var isTorn = false
    package var isSound: Bool { findings.isEmpty }

    package init(size: Int, root: NodeHash, findings: [Finding], omissions: [String]) {
      self.size = size
      self.root = root
      self.findings = findings
      self.omissions = omissions
    }

    /// A file that cannot be read.
    package init(torn problem: String, omission: String) {
      self.init(
        size: 0, root: .emptyRoot, findings: [.init(index: nil, problem: problem)],
        omissions: [omission])
      isTorn = true
    }
  }

  private enum Done: Sendable {
    case chunk(CheckedChunk)
    case roots([Finding])
  }

  /// - Parameter progress: called with the number of events checked so far, and of all.
  package func verify(
    progress: @escaping @Sendable (_ done: Int, _ all: Int) -> Void = { _, _ in }
  ) async throws -> Report {
    do { return try await verifyRows(progress) } catch let error as DatabaseError
      where [.SQLITE_CORRUPT, .SQLITE_NOTADB].contains(error.resultCode)
    {
      // What lies beyond the damage cannot be reached through SQLite, so no root can be told.
      let why = error.message ?? "SQLite \(error.resultCode)"
      return Report(
        torn: "the file is damaged below its rows: \(why)",
        omission: "the rows: the file cannot be read to its end. Restore the last good backup")
    } catch let error as DatabaseError where error.resultCode == .SQLITE_ERROR {
      // A table or a column that is looked into is not there.
      let findings = try await database.read { try SchemaCheck.findings($0) }
      guard !findings.isEmpty else { throw error }
      return Report(
        torn: findings.map(\.problem).sorted().joined(separator: "; "),
        omission: """
          the rows: without the whole schema they cannot be read. Restore the last good backup
          """)
    }
  }

  private func verifyRows(
    _ progress: @escaping @Sendable (_ done: Int, _ all: Int) -> Void
  ) async throws -> Report {
    // One snapshot says what belongs to the journal; what is appended meanwhile is not looked at.
    let extent = try await database.read { try JournalExtent($0) }
    var fold = VerificationFold(extent)
    try await withThrowingTaskGroup(of: Done.self) { group in
      var waiting: [Int: CheckedChunk] = [:]
      var starts = stride(from: 0, to: extent.size, by: Self.chunk).makeIterator()
      func begin() {
        guard let start = starts.next() else { return }
        let range = start..<min(start + Self.chunk, extent.size)
        group.addTask { [database, keys] in
          .chunk(try await database.read { try CheckedChunk($0, range, keys) })
        }
      }
      for _ in 0..<ProcessInfo.processInfo.activeProcessorCount { begin() }
      while let done = try await group.next() {
        switch done {
        case .roots(let findings): fold.findings += findings
        case .chunk(let chunk):
          waiting[chunk.range.lowerBound] = chunk
          // In order, while the next ones are being read.
          while let next = waiting.removeValue(forKey: fold.size) {
            begin()
            let roots = fold.take(next)
            group.addTask { .roots(roots.findings()) }
            progress(fold.size, extent.size)
          }
        }
      }
    }
    return try await report(fold, extent)
  }

  private func report(
    _ fold: VerificationFold, _ extent: JournalExtent
  ) async throws -> Report {
    let keys = keys
    let others = try await database.read { database in
      var findings = try fold.tree.findings(database) + extent.findings()
      findings += try fold.secrets.findings(database, extent)
      findings += try KeyringCheck.findings(database, keys)
      findings += try SchemaCheck.findings(database)
      return findings
    }
    let root = fold.tree.root
    let checkpoints = extent.statements.findings(extent.size, fold.roots, root)
    var omissions: [String] = []
    if keys == nil, extent.hasKeys {
      omissions.append("whether the wrapped keys open: that takes the master key")
    }
    if let unsigned = extent.unsigned { omissions.append(unsigned) }
    return Report(
      size: extent.size, root: root,
      findings: Array(Set(fold.findings + others + checkpoints)).sorted(),
      omissions: omissions)
  }
}

extension [JournalVerifier.Finding] {
  /// Every root that is kept after an altered event is another one than that of the events: one
  /// line tells it of all that follow one another, so that the event itself stays in sight.
  ///
  /// - Returns: sorted ones, in their order.
  package func joiningRoots() -> Self {
    let roots = filter { $0.problem == RootCheck.problem }.compactMap(\.index)
    guard let first = roots.first, let last = roots.last, first != last else { return self }
    let problem = """
      \(RootCheck.problem), and so it is with \(roots.count - 1) of the events after it, up to \
      \(last)
      """
    return filter { $0.problem != RootCheck.problem || $0.index == first }.map { finding in
      finding.problem == RootCheck.problem ? .init(index: first, problem: problem) : finding
    }
  }
}

/// What chunks tell together.
private struct VerificationFold: Sendable {
  var findings: [JournalVerifier.Finding] = []
  var tree = TreeCheck()
  var secrets = SecretCheck()
  private(set) var size = 0
  /// The roots at the sizes that were signed.
  private(set) var roots: [Int: NodeHash] = [:]
  private var streams = StreamCheck()
  private let signedSizes: [Int]

  init(_ extent: JournalExtent) { signedSizes = extent.statements.sizes }

  /// - Returns: the check of the roots that are kept in the chunk, which can be done aside.
  mutating func take(_ chunk: CheckedChunk) -> RootCheck {
    let check = RootCheck(before: tree.tiles, chunk)
    for signed in signedSizes where chunk.range.contains(signed - 1) {
      roots[signed] = check.root(ofFirst: signed)
      if !chunk.roots.contains(where: { $0.index == signed - 1 }) {
        findings.append(
          .init(index: signed - 1, problem: "no root is kept with it, and it was signed up to it"))
      }
    }
    findings += chunk.findings
    findings += streams.take(chunk)
    secrets.take(chunk)
    tree.take(chunk)
    size = chunk.range.upperBound
    return check
  }
}

/// How far each table reaches in one snapshot.
struct JournalExtent: Sendable {
  let size: Int
  let secrets: Int
  let hasKeys: Bool
  let statements: SignedStatements
  private let endsWithRoot: Bool
  private let tiles: Int

  init(_ database: Database) throws {
    func number(_ sql: String) throws -> Int { try Int.fetchOne(database, sql: sql) ?? 0 }
    size = try number(#"SELECT max("index") + 1 FROM events"#)
    endsWithRoot =
      try number(
        #"SELECT root IS NOT NULL FROM events ORDER BY "index" DESC LIMIT 1"#) == 1
    secrets = try number("SELECT count(*) FROM sealed_secrets")
    tiles = try number("SELECT count(*) FROM tiles")
    hasKeys =
      try number(
        "SELECT EXISTS (SELECT 1 FROM secret_keys) OR EXISTS (SELECT 1 FROM keyring)") == 1
    statements = try SignedStatements(database)
  }

  /// Whose word no signature covers, in words.
  var unsigned: String? {
    let signed = statements.sizes.max() ?? 0
    guard signed < size else { return nil }
    if signed > 0 {
      return """
        who wrote what comes after the last checkpoint: no signature covers the events from \
        \(signed) on yet
        """
    }
    return statements.hasKey
      ? """
      who wrote it: the log has a key, and no checkpoint is here. A server signs within seconds of \
      its start; unless it ended before that, all that was signed was taken out
      """
      : "who wrote it: nothing of this journal was signed yet"
  }

  func findings() -> [JournalVerifier.Finding] {
    var problems: [String] = []
    if size > 0, !endsWithRoot { problems.append("no root is kept with the last event") }
    var due = 0
    var level = size
    while level > 0 {
      level /= Tile.width
      due += level
    }
    if tiles != due { problems.append("\(tiles) tiles are kept, and \(due) were due") }
    return problems.map { .init(index: nil, problem: $0) }
  }
}
