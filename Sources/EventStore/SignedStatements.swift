import Connections
import GRDB
import TransparencyLog

/// All that the log's key has signed and witnesses have cosigned, read in one snapshot and held
/// against the journal.
struct SignedStatements: Sendable {
  private let identity: (id: String, createdAt: String)
  private let key: LogKeyRecord?
  private let checkpoints: [(size: Int, note: String)]
  private let cosignatures: [(size: Int, witness: String, line: String)]
  var hasKey: Bool { key != nil }
  /// The sizes at which the roots are needed.
  var sizes: [Int] { checkpoints.map(\.size).filter { $0 > 0 } }

  init(_ database: Database) throws {
    let journal = try Row.fetchOne(
      database, sql: "SELECT id, created_at FROM journal WHERE one = 1")
    identity = (journal?[0] ?? "", journal?[1] ?? "")
    key = try Row.fetchOne(database, sql: "SELECT vkey, statement FROM log_key WHERE one = 1").map {
      LogKeyRecord(vkey: $0[0], statement: Array(($0[1] as String).utf8))
    }
    checkpoints = try Row.fetchAll(
      database, sql: "SELECT size, note FROM checkpoints ORDER BY size"
    ).map { ($0[0], $0[1]) }
    cosignatures = try Row.fetchAll(
      database, sql: "SELECT size, witness, line FROM cosignatures ORDER BY size, witness"
    ).map { ($0[0], $0[1], $0[2]) }
  }

  /// - Parameter roots: computed from the bodies, by size.
  func findings(
    _ size: Int, _ roots: [Int: NodeHash], _ root: NodeHash
  ) -> [JournalVerifier.Finding] {
    guard let key else {
      let isUnsigned = checkpoints.isEmpty && cosignatures.isEmpty
      return isUnsigned ? [] : [.init(index: nil, problem: "the key of the log is missing")]
    }
    let verification: VerificationKey
    do throws(VerificationKeyFault) { verification = try VerificationKey(key.vkey) } catch {
      return [.init(index: nil, problem: "the key of the log is not as it was made: \(error)")]
    }
    var roots = roots
    roots[0] = .emptyRoot
    roots[size] = root
    return
      (statementProblems(key, verification)
      + checkpoints.flatMap { problems($0.size, $0.note, verification, roots, size) }
      + cosignatures.flatMap { problems($0.size, $0.witness, $0.line) })
      .map { .init(index: nil, problem: $0) }
  }

  private func statementProblems(_ key: LogKeyRecord, _ verification: VerificationKey) -> [String] {
    guard key.signedStatement(by: verification) != nil else {
      return ["the key of the log, or its statement, is not as it was made"]
    }
    guard let id = UUIDv7(identity.id), let createdAt = Instant(identity.createdAt),
      // The very texts: a value may be written in several ways.
      id.description == identity.id, createdAt.description == identity.createdAt,
      key.states(JournalIdentity(id: id, createdAt: createdAt), by: verification)
    else { return ["the name of the journal is not the one that the log's key has signed"] }
    return []
  }

  private func problems(
    _ size: Int, _ note: String, _ key: VerificationKey, _ roots: [Int: NodeHash], _ events: Int
  ) -> [String] {
    let name = "checkpoint \(size)"
    let opened: CheckedCheckpoint
    do throws(CheckpointFault) { opened = try CheckedCheckpoint(Array(note.utf8), log: key) } catch
    {
      return ["\(name) is not as it was signed: \(error)"]
    }
    // The very bytes: what a lenient reader passes over was added by somebody.
    guard opened.note.signatures.count == 1, opened.note.bytes == Array(note.utf8) else {
      return ["\(name) has more under it than the log's signature"]
    }
    guard opened.checkpoint.size == size else {
      return ["\(name) is signed as one of \(opened.checkpoint.size)"]
    }
    guard size <= events else {
      return ["\(name) was signed, and there are \(events) events: their end was taken off"]
    }
    guard roots[size] == opened.checkpoint.root else {
      return [
        "\(name) was signed with another root than the one of the events: history was changed"
      ]
    }
    return []
  }

  private func problems(_ size: Int, _ witness: String, _ line: String) -> [String] {
    let name = "the cosignature under checkpoint \(size)"
    guard let checkpoint = checkpoints.first(where: { $0.size == size }),
      let note = try? SignedNote(parsing: Array(checkpoint.note.utf8))
    else { return ["\(name) stands under nothing"] }
    guard let key = try? VerificationKey(witness), line.utf8.last == 0x0A,
      let signature = try? NoteSignature(line: Array(line.utf8.dropLast())),
      signature.line == Array(line.utf8),
      case .valid(.some) = SignedNote(text: note.text, signatures: [signature]).check(key)
    else { return ["\(name) is not the one of \(witness)"] }
    return []
  }
}
