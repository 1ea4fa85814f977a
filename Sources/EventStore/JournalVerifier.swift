import Connections
import Crypto
import Foundation
import GRDB
package import TransparencyLog

/// Checks the whole journal against itself and names what is wrong, going on to the end.
package struct JournalVerifier: Sendable {
  private let database: any DatabaseReader
  /// Events checked by one task at a time.
  private static let chunk = 25_000

  package init(_ reader: SQLiteJournalReader) { database = reader.database }

  package struct Finding: Hashable, Sendable, Comparable {
    /// The index of the event that is wrong; absent when it is about another row.
    package var index: Int?
    package var problem: String

    package static func < (left: Finding, right: Finding) -> Bool {
      (left.index ?? .max, left.problem) < (right.index ?? .max, right.problem)
    }
  }

  package struct Report: Sendable {
    /// The events that were checked.
    package var size: Int
    /// Computed from the bodies alone.
    package var root: NodeHash
    package var findings: [Finding]
    package var isSound: Bool { findings.isEmpty }
  }

  /// - Parameter progress: called with the number of events checked so far.
  package func verify(
    progress: @escaping @Sendable (Int) -> Void = { _ in }
  ) async throws -> Report {
    // One snapshot says what belongs to the journal; what is appended meanwhile is not looked at.
    let extent = try await database.read { try JournalExtent($0) }
    var fold = VerificationFold()
    for start in stride(from: 0, to: extent.size, by: 2 * Self.chunk) {
      for chunk in try await pair(of: start, extent.size) {
        fold.take(chunk)
        progress(chunk.end)
      }
    }
    let end = fold
    let others = try await database.read { database in
      try end.tree.findings(database) + SecretCheck.findings(database, end.streams.secrets)
    }
    let all = fold.findings + others + extent.findings(secrets: end.streams.secrets.count)
    return Report(size: extent.size, root: fold.tree.root, findings: Array(Set(all)).sorted())
  }

  /// Two chunks, checked side by side, in their order.
  private func pair(of start: Int, _ size: Int) async throws -> [CheckedChunk] {
    try await withThrowingTaskGroup(of: CheckedChunk.self) { group in
      for start in [start, start + Self.chunk] where start < size {
        let range = start..<min(start + Self.chunk, size)
        let database = database
        group.addTask { try await database.read { try CheckedChunk($0, range) } }
      }
      var chunks: [CheckedChunk] = []
      for try await chunk in group { chunks.append(chunk) }
      return chunks.sorted { $0.start < $1.start }
    }
  }
}

/// What chunks tell together.
private struct VerificationFold: Sendable {
  var findings: [JournalVerifier.Finding] = []
  var streams = StreamCheck()
  var tree = TreeCheck()

  mutating func take(_ chunk: CheckedChunk) {
    findings += chunk.findings
    findings += streams.take(chunk)
    findings += tree.take(chunk)
  }
}

/// How far each table reaches in one snapshot.
private struct JournalExtent: Sendable {
  let size: Int
  private let endsWithRoot: Bool
  private let secrets: Int
  private let tiles: Int

  init(_ database: Database) throws {
    func number(_ sql: String) throws -> Int { try Int.fetchOne(database, sql: sql) ?? 0 }
    size = try number(#"SELECT max("index") + 1 FROM events"#)
    endsWithRoot =
      try number(
        #"SELECT root IS NOT NULL FROM events ORDER BY "index" DESC LIMIT 1"#) == 1
    secrets = try number("SELECT count(*) FROM sealed_secrets")
    tiles = try number("SELECT count(*) FROM tiles")
  }

  /// - Parameter secrets: how many the events name.
  func findings(secrets named: Int) -> [JournalVerifier.Finding] {
    var problems: [String] = []
    if size > 0, !endsWithRoot { problems.append("no root is kept with the last event") }
    if secrets > named {
      problems.append("\(secrets - named) sealed secrets belong to no event")
    }
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

/// Follows each stream and the clock through the journal.
private struct StreamCheck: Sendable {
  private var ends: [StreamID: CheckedChunk.Place] = [:]
  private var lastRecordedAt = Instant(microseconds: .min)
  var secrets: [(index: Int, reference: SecretReference)] = []

  mutating func take(_ chunk: CheckedChunk) -> [JournalVerifier.Finding] {
    secrets += chunk.secrets
    var findings: [JournalVerifier.Finding] = []
    for place in chunk.places {
      let before = ends[place.stream]
      func wrong(_ problem: String) { findings.append(.init(index: place.index, problem: problem)) }
      if place.version != (before?.version ?? 0) + 1 {
        wrong("its stream version is \(place.version), and \((before?.version ?? 0) + 1) was due")
      }
      if place.previous != before?.index {
        wrong("its previous event is not the one before it in its stream")
      }
      if place.recordedAt < lastRecordedAt { wrong("it was recorded before the event before it") }
      lastRecordedAt = max(lastRecordedAt, place.recordedAt)
      ends[place.stream] = place
    }
    return findings
  }
}

/// Grows the tree anew and compares it with the tiles and roots that were kept.
private struct TreeCheck: Sendable {
  private var tree = GrowingTree()
  /// What each full tile must be, by its place.
  private var tiles: [Place: NodeHash] = [:]
  var root: NodeHash { tree.root }

  fileprivate struct Place: Hashable {
    var level: Int
    var position: Int
  }

  mutating func take(_ chunk: CheckedChunk) -> [JournalVerifier.Finding] {
    var findings: [JournalVerifier.Finding] = []
    var roots = chunk.roots.makeIterator()
    var due = roots.next()
    for leaf in chunk.leaves {
      for tile in tree.append(leaf) {
        tiles[Place(level: tile.level, position: tile.position)] = .leaf(tile.bytes)
      }
      guard let kept = due, kept.index == tree.size - 1 else { continue }
      if kept.root != tree.root.bytes {
        findings.append(
          .init(
            index: kept.index, problem: "the root kept with it is not the one of the events"))
      }
      due = roots.next()
    }
    return findings
  }

  /// Compares the tiles that were kept.
  func findings(_ database: Database) throws -> [JournalVerifier.Finding] {
    var findings: [JournalVerifier.Finding] = []
    var due = tiles
    let rows = try Row.fetchCursor(database, sql: "SELECT level, position, hashes FROM tiles")
    while let row = try rows.next() {
      let place = Place(level: row[0], position: row[1])
      // One more than was due is counted; one that was filled meanwhile is not ours to judge.
      guard let expected = due.removeValue(forKey: place) else { continue }
      if .leaf(row.bytes(2)) != expected {
        findings.append(
          .init(index: nil, problem: "\(place.name) is not the one of the events"))
      }
    }
    return findings + due.keys.map { .init(index: nil, problem: "\($0.name) is missing") }
  }
}

extension TreeCheck.Place {
  fileprivate var name: String { "tile \(position) of level \(level)" }
}

/// Compares each sealed secret with what its event commits to.
private enum SecretCheck {
  static func findings(
    _ database: Database, _ secrets: [(index: Int, reference: SecretReference)]
  ) throws -> [JournalVerifier.Finding] {
    var findings: [JournalVerifier.Finding] = []
    let statement = try database.makeStatement(
      sql: "SELECT sealed FROM sealed_secrets WHERE id = ?")
    for (index, reference) in secrets {
      guard
        let row = try Row.fetchOne(statement, arguments: [reference.id.description])
      else {
        findings.append(.init(index: index, problem: "its sealed secret is missing"))
        continue
      }
      let digest = SHA256.hash(data: row.bytes(0))
      if !digest.elementsEqual(hexadecimal(reference.commitment)) {
        findings.append(
          .init(index: index, problem: "its sealed secret is not the one that it commits to"))
      }
    }
    return findings
  }

  private static func hexadecimal(_ text: String) -> [UInt8] {
    let digits = text.compactMap(\.hexDigitValue)
    guard digits.count.isMultiple(of: 2) else { return [] }
    return stride(from: 0, to: digits.count, by: 2).map { UInt8(digits[$0] * 16 + digits[$0 + 1]) }
  }
}
