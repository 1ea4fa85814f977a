import Connections
import GRDB
import TransparencyLog

/// Follows each stream and the clock through the journal.
struct StreamCheck: Sendable {
  private var ends: [StreamID: End] = [:]
  private var lastRecordedAt = Instant(microseconds: .min)

  private struct End: Sendable {
    var version = 0
    var index: Int?
    var commands = CommandChain()
  }

  mutating func take(_ chunk: CheckedChunk) -> [JournalVerifier.Finding] {
    var findings: [JournalVerifier.Finding] = []
    for place in chunk.places {
      func wrong(_ problem: String) { findings.append(.init(index: place.index, problem: problem)) }
      Self.follow(place, in: &ends[place.stream, default: End()], wrong)
      if place.recordedAt < lastRecordedAt { wrong("it was recorded before the event before it") }
      lastRecordedAt = max(lastRecordedAt, place.recordedAt)
    }
    return findings
  }

  private static func follow(
    _ place: CheckedChunk.Place, in end: inout End, _ wrong: (String) -> Void
  ) {
    if place.version != end.version + 1 {
      wrong("its stream version is \(place.version), and \(end.version + 1) was due")
    }
    if place.previous != end.index {
      wrong("its previous event is not the one before it in its stream")
    }
    if let step = place.step, let problem = end.commands.take(step) { wrong(problem) }
    (end.version, end.index) = (place.version, place.index)
  }
}

/// Grows the tree anew above the tiles of level 0, and compares it with what is kept.
struct TreeCheck: Sendable {
  private(set) var tiles = TileTree()
  private var last = TileRows([])
  /// What each full tile must be, by its place.
  private var due: [Place: [NodeHash]] = [:]
  var root: NodeHash { tiles.root(adding: last.peaks(ofFirst: last.leaves.count)) }

  private struct Place: Hashable {
    var level: Int
    var position: Int
    var name: String { "tile \(position) of level \(level)" }
  }

  mutating func take(_ chunk: CheckedChunk) {
    for tile in chunk.tiles {
      guard tile.isFull else {
        last = tile
        return
      }
      for above in tiles.append(tile.root) {
        due[Place(level: above.level, position: above.position)] = above.hashes
      }
    }
  }

  /// Compares the tiles that were kept above level 0.
  func findings(_ database: Database) throws -> [JournalVerifier.Finding] {
    var findings: [JournalVerifier.Finding] = []
    var due = due
    let rows = try Row.fetchCursor(
      database, sql: "SELECT level, position, hashes FROM tiles WHERE level > 0")
    while let row = try rows.next() {
      let place = Place(level: row[0], position: row[1])
      // One more than was due is counted; one that was filled meanwhile is not ours to judge.
      guard let expected = due.removeValue(forKey: place) else { continue }
      if Tile.hashes(row.bytes(2)) != expected {
        findings.append(
          .init(index: nil, problem: "\(place.name) is not the one of the events"))
      }
    }
    return findings + due.keys.map { .init(index: nil, problem: "\($0.name) is missing") }
  }
}

/// Compares the roots that are kept with the events of one chunk. It hashes a few nodes a root, so
/// it runs aside.
struct RootCheck: Sendable {
  static let problem = "the root kept with it is not the one of the events"
  private let before: TileTree
  private let range: Range<Int>
  private let tiles: [TileRows]
  private let roots: [(index: Int, root: NodeHash?)]

  init(before: TileTree, _ chunk: CheckedChunk) {
    self.before = before
    range = chunk.range
    tiles = chunk.tiles
    roots = chunk.roots
  }

  /// - Parameter size: its last event is in the chunk.
  func root(ofFirst size: Int) -> NodeHash {
    var tree = before
    let last = (size - 1 - range.lowerBound) / Tile.width
    for tile in tiles[..<last] { _ = tree.append(tile.root) }
    return tree.root(adding: tiles[last].peaks(ofFirst: (size - 1) % Tile.width + 1))
  }

  func findings() -> [JournalVerifier.Finding] {
    var findings: [JournalVerifier.Finding] = []
    var tree = before
    var appended = 0
    for kept in roots {
      let number = (kept.index - range.lowerBound) / Tile.width
      while appended < number {
        _ = tree.append(tiles[appended].root)
        appended += 1
      }
      let root = tree.root(adding: tiles[number].peaks(ofFirst: kept.index % Tile.width + 1))
      if kept.root != root {
        findings.append(
          .init(index: kept.index, problem: Self.problem))
      }
    }
    return findings
  }
}

/// The sealed secrets and their keys, over the whole journal.
struct SecretCheck: Sendable {
  private var named: Set<UUIDv7> = []
  private var keyless: [(index: Int, id: UUIDv7)] = []
  private var shredded: Set<UUIDv7> = []

  mutating func take(_ chunk: CheckedChunk) {
    named.formUnion(chunk.secrets.named)
    keyless += chunk.secrets.keyless
    shredded.formUnion(chunk.secrets.shredded)
  }

  func findings(
    _ database: Database, _ extent: JournalExtent
  ) throws -> [JournalVerifier.Finding] {
    // What was appended since the beginning may name secrets, and destroy keys.
    var (named, shredded) = (named, shredded)
    let bodies = try Row.fetchCursor(
      database, sql: #"SELECT CAST(body AS BLOB) FROM events WHERE "index" >= ?"#,
      arguments: [extent.size])
    while let row = try bodies.next() {
      guard let event = try? Event(canonicalBytes: row.bytes(0)) else { continue }
      named.formUnion(event.payload.sealedReferences.map(\.id))
      shredded.formUnion(SecretsOfChunk.shredded(by: event))
    }
    var findings = keyless.filter { !shredded.contains($0.id) }.map { index, _ in
      JournalVerifier.Finding(
        index: index, problem: "the key of its sealed secret is gone, and no event destroyed it")
    }
    let keys = try String.fetchAll(database, sql: "SELECT id FROM secret_keys")
    for id in keys {
      guard let known = UUIDv7(id), named.contains(known) else {
        findings.append(.init(index: nil, problem: "the secret key \(id) belongs to no event"))
        continue
      }
      if shredded.contains(known) {
        findings.append(
          .init(index: nil, problem: "the secret key \(id) was destroyed, and is there again"))
      }
    }
    let secrets = try String.fetchAll(database, sql: "SELECT id FROM sealed_secrets")
    for id in secrets where UUIDv7(id).map(named.contains) != true {
      findings.append(
        .init(index: nil, problem: "the sealed secret \(id) belongs to no event"))
    }
    return findings
  }
}
