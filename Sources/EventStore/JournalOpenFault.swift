package import TransparencyLog

/// Why a data directory cannot be opened. Nothing was changed in any of these cases.
package enum JournalOpenFault: Error, Hashable, Sendable {
  /// There is no journal, and this was not asked to make one.
  case missing(path: String)
  /// There is a file, and it cannot be read.
  case notReadable(path: String, reason: String)
  /// The directory or the file cannot be made or written.
  case notWritable(path: String, reason: String)
  /// SQLite makes files beside it to read it, and cannot.
  case onReadOnlyDisk(path: String)
  /// Another process writes to it.
  case inUse(path: String)
  /// A SQLite file of another program, or no SQLite file at all.
  case notOurs(path: String)
  /// Written by a newer Hindsight.
  case newer(path: String, found: Int, known: Int)
  /// A migration that was applied is not the one that this program holds.
  case migrationChanged(path: String, name: String)
  /// The disk gave or took nothing: it is full, or it fails. That says nothing of the file.
  case diskFault(path: String, reason: String)
  /// The file is damaged, or its end does not agree with itself.
  case damaged(path: String, reason: String)
  /// It has fewer events than were signed.
  case behind(path: String, signed: JournalHead, found: JournalHead)
  /// Its first events are not those that were signed.
  case contradicted(path: String, signed: JournalHead, root: NodeHash)
}

extension JournalOpenFault: CustomStringConvertible {
  package var description: String {
    switch self {
    case .missing(let path):
      "There is no journal at \(path). Check --data, or start `hindsight serve` to make one."
    case .notReadable(let path, let reason):
      """
      \(path) cannot be read (\(reason)). Nothing was changed. Check its owner and its mode, and \
      those of the directories above it: it is its owner's alone.
      """
    case .notWritable(let path, let reason):
      """
      \(path) cannot be written (\(reason)). Nothing was changed. Check the owner and the mode of \
      the directory, and that the disk is not mounted read-only.
      """
    case .onReadOnlyDisk(let path):
      """
      \(path) cannot be read where it lies: SQLite needs to write beside it, and the directory \
      cannot be written. Nothing was changed. Copy the whole directory to a place that can be \
      written, and name the copy by --data.
      """
    case .inUse(let path):
      """
      Another Hindsight process writes to \(path). Nothing was changed. Stop it first, or, \
      where the command has --server, send the change to it.
      """
    case .notOurs(let path):
      """
      \(path) is not a Hindsight journal. Nothing was changed. Give --data a directory of its own.
      """
    case .newer(let path, let found, let known):
      """
      \(path) has schema version \(found), and this Hindsight knows versions up to \(known). \
      Nothing was changed. Use the newer Hindsight that wrote it.
      """
    case .migrationChanged(let path, let name):
      """
      The migration \(name) that was applied to \(path) is not the one in this program. Nothing \
      was changed. Use the Hindsight that made this journal, and report the difference.
      """
    case .diskFault(let path, let reason):
      """
      \(path) cannot be used now: \(reason). Nothing was changed, and nothing says that it is \
      damaged. Free some space on its disk, or look at the disk, and try again.
      """
    case .damaged(let path, let reason):
      """
      \(path) is damaged: \(reason). Nothing was changed. Keep a copy of the directory, run \
      `hindsight verify` on it, and restore the last good backup.
      """
    case .behind(let path, let signed, let found):
      """
      \(path) has \(found.size) events, and a checkpoint over \(signed.size) was signed: an older \
      copy was restored, or events were taken off its end. Nothing was changed, and nothing is \
      written to it. Put the newer journal back. If it is lost for good, tell whoever holds a \
      checkpoint, and see *An older copy* in the README.
      """
    case .contradicted(let path, let signed, let root):
      """
      The first \(signed.size) events of \(path) have the root \(root.base64), and \
      \(signed.root.base64) was signed: history was changed. Nothing was changed by this start, \
      and nothing is written to it. Keep a copy of the directory as evidence and run `hindsight \
      verify` on it.
      """
    }
  }
}
