import EventStore
import Foundation
import GRDB
import TransparencyLog

/// The rows of a journal as SQLite alone gives them: the limit of whoever reads them all.
struct PlainJournal {
  private let pool: DatabasePool

  init(directory: String) throws {
    pool = try DatabasePool(path: directory + "/" + SQLiteJournal.fileName)
  }

  /// Seconds to look at every row.
  func scan() async throws -> Double {
    var bytes = 0
    let taken = try await seconds { try each { bytes += $0.count } }
    guard bytes > 0 else { throw CocoaError(.fileReadCorruptFile) }
    return taken
  }

  /// Seconds to look at every row and to hash its bytes.
  func hash() async throws -> Double {
    var last: NodeHash?
    let taken = try await seconds { try each { last = NodeHash.leaf(Array($0)) } }
    guard last != nil else { throw CocoaError(.fileReadCorruptFile) }
    return taken
  }

  private func each(_ body: (Data) -> Void) throws {
    try pool.read { database in
      let rows = try Row.fetchCursor(
        database, sql: #"SELECT CAST(body AS BLOB) FROM events ORDER BY "index""#)
      while let row = try rows.next() { try row.withUnsafeData(atIndex: 0) { body($0 ?? Data()) } }
    }
  }
}
