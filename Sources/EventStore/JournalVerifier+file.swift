import GRDB
import TransparencyLog

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

  /// Holds the journal against the last head that was signed, as the file beside it says.
  package func signedHeadFindings(
    _ reader: SQLiteJournalReader, directory: String
  ) async -> [Finding] {
    func wrong(_ problem: String) -> [Finding] { [.init(index: nil, problem: problem)] }
    let record: SignedHead.Record?
    do throws(StorageFault) { record = try SignedHead(directory: directory).read() } catch {
      return wrong(error.description)
    }
    guard let record else { return [] }
    let signed = record.head
    let found: NodeHash?
    do throws(JournalFault) { found = try await reader.root(ofFirst: signed.size) } catch {
      let why = if case .storage(let fault) = error { fault.description } else { "\(error)" }
      return wrong("the root of the \(signed.size) signed events cannot be told: \(why)")
    }
    guard let root = found else {
      return wrong(
        """
        \(signed.size) events were signed, and some of them are gone: this is an older copy, or \
        its end was taken off
        """)
    }
    guard root == signed.root else {
      return wrong(
        """
        the tree as it is kept gives another root for the first \(signed.size) events than was \
        signed
        """)
    }
    // An older copy lacks checkpoints, too, and there is more to say of it.
    return await goneFindings(record)
  }

  /// Whether checkpoints or cosignatures were taken out.
  private func goneFindings(_ record: SignedHead.Record) async -> [Finding] {
    let problems = try? await database.read { try record.problems(in: $0) }
    return (problems ?? []).map { .init(index: nil, problem: $0) }
  }
}
