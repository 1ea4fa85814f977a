import GRDB

extension JournalVerifier {
  /// Has SQLite check the file itself: its pages, its lists of free ones, and that each index has
  /// exactly the rows of its table. Bytes that nothing refers to are nobody's to check.
  package func fileFindings() async throws -> [Finding] {
    do {
      let lines = try await database.read {
        try String.fetchAll($0, sql: "PRAGMA integrity_check")
      }
      return lines.filter { $0 != "ok" }.map { .init(index: nil, problem: "the file: \($0)") }
    } catch let error as DatabaseError where error.resultCode == .SQLITE_CORRUPT {
      return [.init(index: nil, problem: "the file: \(error.message ?? "it is damaged")")]
    }
  }
}
