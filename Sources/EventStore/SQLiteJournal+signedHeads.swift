import GRDB
import TransparencyLog

extension SQLiteJournal {
  /// A new journal does not begin where another one was signed, and is gone.
  static func checkNothingSigned(
    directory: String, path: String
  ) throws(JournalOpenFault) {
    let signed: JournalHead?
    do throws(StorageFault) { signed = try SignedHead(directory: directory).read()?.head } catch {
      throw .damaged(path: path, reason: error.description)
    }
    guard let signed, signed.size > 0 else { return }
    throw .behind(path: path, signed: signed, found: JournalHead(size: 0, root: .emptyRoot))
  }

  /// Whether the journal still is what was signed: a head that was let out binds for ever. Checked
  /// before anything can be appended, since whatever is appended to an older copy contradicts it.
  ///
  /// - Throws: `JournalOpenFault.behind` or `.contradicted`.
  static func checkSignedHeads(
    _ database: Database, _ head: JournalHead, directory: String, path: String
  ) throws {
    let record: SignedHead.Record?
    do throws(StorageFault) { record = try SignedHead(directory: directory).read() } catch {
      throw JournalOpenFault.damaged(path: path, reason: error.description)
    }
    let beside = record?.head
    let within = try Row.fetchOne(
      database, sql: "SELECT size, note FROM checkpoints ORDER BY size DESC LIMIT 1"
    ).map { row in
      let size: Int = row[0]
      guard let note = try? SignedNote(parsing: Array((row[1] as String).utf8)),
        let checkpoint = try? Checkpoint(text: note.text), checkpoint.size == size
      else {
        throw JournalOpenFault.damaged(
          path: path, reason: "its last checkpoint, of size \(size), cannot be read")
      }
      return JournalHead(size: size, root: checkpoint.root)
    }
    for signed in [beside, within].compactMap(\.self) {
      guard signed.size <= head.size else {
        throw JournalOpenFault.behind(path: path, signed: signed, found: head)
      }
      var tree = JournalTree(database)
      let root = signed.size == head.size ? head.root : try tree.root(ofFirst: signed.size)
      guard root == signed.root else {
        throw JournalOpenFault.contradicted(path: path, signed: signed, root: root)
      }
    }
    // The next signature would count what is left, and nobody would miss the rest.
    if let gone = try record?.problems(in: database).first {
      throw JournalOpenFault.damaged(path: path, reason: gone)
    }
  }
}

extension SignedHead.Record {
  /// Whether checkpoints or cosignatures were taken out. More may have come since the file was
  /// read, and where it does not count the checkpoint of the head, that may be there or not yet.
  func problems(in database: Database) throws -> [String] {
    guard let kept else { return [] }
    func count(_ rows: String) throws -> Int {
      try Int.fetchOne(database, sql: "SELECT count(*) FROM \(rows)") ?? 0
    }
    let before = try count("checkpoints WHERE size < \(head.size)")
    let all = try before + count("checkpoints WHERE size = \(head.size)")
    let cosignatures = try count("cosignatures")
    var problems: [String] = []
    if ![before, all].contains(kept.checkpoints) {
      problems.append("\(kept.checkpoints) checkpoints were kept, and there are \(all)")
    }
    if cosignatures < kept.cosignatures {
      problems.append("\(kept.cosignatures) cosignatures were kept, and there are \(cosignatures)")
    }
    return problems
  }
}
