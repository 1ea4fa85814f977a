import Connections
import Foundation
import GRDB
import GRDBSQLite
import TransparencyLog

/// The events of a run of indexes, each checked by itself. The run begins with a tile, so what lies
/// below the roots of tiles is checked here, too, side by side with other runs.
struct CheckedChunk: Sendable {
  let range: Range<Int>
  var findings: [JournalVerifier.Finding] = []
  /// By tile of level 0, the last one of the journal partial.
  private(set) var tiles: [TileRows] = []
  /// The place of each event in its stream, for the check across chunks.
  private(set) var places: [Place] = []
  private(set) var secrets = SecretsOfChunk()
  /// The roots that were kept with one of these events, in order; `nil` for one that is none.
  private(set) var roots: [(index: Int, root: NodeHash?)] = []
  /// While the chunk is read.
  private var leaves: [NodeHash] = []

  struct Place: Sendable {
    var index: Int
    var stream: StreamID
    var version: Int
    var previous: Int?
    var recordedAt: Instant
    /// What it is in the life of a command.
    var step: CommandStep?
  }

  init(_ database: Database, _ range: Range<Int>, _ keys: WrappedKeys?) throws {
    precondition(range.lowerBound.isMultiple(of: Tile.width), "a chunk begins with a tile")
    self.range = range
    leaves.reserveCapacity(range.count)
    places.reserveCapacity(range.count)
    try readEvents(database)
    try secrets.check(database, keys, &findings)
    for start in stride(from: 0, to: leaves.count, by: Tile.width) {
      tiles.append(TileRows(Array(leaves[start..<min(start + Tile.width, leaves.count)])))
    }
    leaves = []
    try checkTiles(database)
  }

  private mutating func readEvents(_ database: Database) throws {
    let statement = try database.makeStatement(
      sql: """
        SELECT "index", id, type, stream, stream_version, command_id, recorded_at, leaf_hash, body,
          root
        FROM events WHERE "index" >= ? AND "index" < ? ORDER BY "index"
        """)
    try statement.setArguments([range.lowerBound, range.upperBound])
    let row = statement.sqliteStatement
    defer { sqlite3_reset(row) }
    var due = range.lowerBound
    var reader = EventReader()
    while true {
      let code = sqlite3_step(row)
      guard code == SQLITE_ROW else {
        guard code == SQLITE_DONE else {
          throw DatabaseError(
            resultCode: ResultCode(rawValue: code), message: database.lastErrorMessage)
        }
        break
      }
      let index = Int(sqlite3_column_int64(row, 0))
      if due < index { missing(due..<index) }
      check(row, index, &reader)
      due = index + 1
    }
    if due < range.upperBound { missing(due..<range.upperBound) }
  }

  private mutating func missing(_ gap: Range<Int>) {
    let problem =
      gap.count == 1
      ? "the event is missing"
      : "the events \(gap.lowerBound) to \(gap.upperBound - 1) are missing"
    findings.append(.init(index: gap.lowerBound, problem: problem))
    leaves += repeatElement(.emptyRoot, count: gap.count)
  }

  private mutating func check(
    _ row: OpaquePointer, _ index: Int, _ reader: inout EventReader
  ) {
    let body = Column.bytes(row, 8)
    let leaf = NodeHash.leaf(body)
    leaves.append(leaf)
    if sqlite3_column_type(row, 9) != SQLITE_NULL {
      roots.append((index, NodeHash(lent: Column.bytes(row, 9))))
    }
    func wrong(_ problem: String) { findings.append(.init(index: index, problem: problem)) }
    if NodeHash(lent: Column.bytes(row, 7)) != leaf {
      wrong("the body is not the one whose hash was recorded with it")
    }
    let event: Event
    do throws(EventFault) { event = try reader.event(lent: body) } catch {
      wrong("the body cannot be read: \(error)")
      return
    }
    if event.index != index { wrong("the body says index \(event.index)") }
    if UUIDv7(recorded: Column.bytes(row, 1)) != event.id {
      wrong("the column id is not the body's")
    }
    if !Column.equals(row, 2, event.payload.kind.rawValue) {
      wrong("the column type is not the body's")
    }
    if !Column.isStream(row, 3, event.stream) {
      wrong("the column stream is not the body's")
    }
    if Int(sqlite3_column_int64(row, 4)) != event.streamVersion {
      wrong("the column stream_version is not the body's")
    }
    if !Column.isID(row, 5, event.context.commandID) {
      wrong("the column command_id is not the body's")
    }
    if Instant(recorded: Column.bytes(row, 6)) != event.recordedAt {
      wrong("the column recorded_at is not the body's")
    }
    places.append(
      Place(
        index: index, stream: event.stream, version: event.streamVersion, previous: event.previous,
        recordedAt: event.recordedAt, step: event.commandStep))
    secrets.note(event)
  }

  /// Compares the tiles of level 0 that are kept with the leaves.
  private func storedTiles(_ database: Database) throws -> [Int: [UInt8]] {
    let first = range.lowerBound / Tile.width
    let rows = try Row.fetchAll(
      database,
      sql: "SELECT position, hashes FROM tiles WHERE level = 0 AND position >= ? AND position < ?",
      arguments: [first, range.upperBound / Tile.width])
    return Dictionary(rows.map { ($0[0], $0.bytes(1)) }) { first, _ in first }
  }

  private mutating func checkTiles(_ database: Database) throws {
    let stored = try storedTiles(database)
    for (number, tile) in tiles.enumerated() where tile.isFull {
      let position = range.lowerBound / Tile.width + number
      let name = "tile \(position) of level 0"
      guard let bytes = stored[position] else {
        findings.append(.init(index: nil, problem: "\(name) is missing"))
        continue
      }
      if Tile.hashes(bytes) != tile.leaves {
        findings.append(.init(index: nil, problem: "\(name) is not the one of the events"))
      }
    }
  }
}

/// Columns of a raw row, without copies.
private enum Column {
  static func bytes(_ row: OpaquePointer, _ column: Int32) -> UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(
      start: sqlite3_column_blob(row, column), count: Int(sqlite3_column_bytes(row, column)))
  }

  static func equals(_ row: OpaquePointer, _ column: Int32, _ text: String) -> Bool {
    isSame(bytes(row, column)[...], text)
  }

  static func isID(_ row: OpaquePointer, _ column: Int32, _ id: UUIDv7?) -> Bool {
    guard let id else { return sqlite3_column_type(row, column) == SQLITE_NULL }
    return UUIDv7(recorded: bytes(row, column)) == id
  }

  static func isStream(_ row: OpaquePointer, _ column: Int32, _ stream: StreamID) -> Bool {
    guard let app = stream.appID else { return equals(row, column, stream.description) }
    let found = bytes(row, column)
    guard found.count > 4, isSame(found[..<4], "app/") else { return false }
    return isSame(found[4...], app.description)
  }

  private static func isSame(_ found: Slice<UnsafeRawBufferPointer>, _ text: String) -> Bool {
    var text = text
    return text.withUTF8 { expected in
      guard found.count == expected.count,
        let here = UnsafeRawBufferPointer(rebasing: found).baseAddress,
        let there = expected.baseAddress
      else { return found.isEmpty && expected.isEmpty }
      return memcmp(here, there, expected.count) == 0
    }
  }
}
