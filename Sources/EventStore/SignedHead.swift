import FoundationEssentials
import TransparencyLog

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// The last head that was signed, in a file beside the journal. A journal that is taken back to an
/// older copy takes its checkpoints along; this file stays, and the next start finds that the
/// journal is behind it. It also says how much was signed: no event rests on a checkpoint, so
/// nothing in the journal would miss one that was taken out.
package struct SignedHead: Sendable {
  package static let fileName = "last-signed"
  private let directory: String
  private var path: String { directory + "/" + Self.fileName }
  private static let header = "hindsight/last-signed/2"
  /// Its files end with the root.
  private static let firstHeader = "hindsight/last-signed/1"

  package struct Record: Hashable, Sendable {
    package var head: JournalHead
    package var kept: Kept?

    package init(_ head: JournalHead, kept: Kept?) {
      self.head = head
      self.kept = kept
    }
  }

  /// How many rows there are: before the head is signed, when its checkpoint is kept, too, and with
  /// each cosignature that comes later.
  package struct Kept: Hashable, Sendable {
    package var checkpoints: Int
    package var cosignatures: Int

    package init(checkpoints: Int, cosignatures: Int) {
      self.checkpoints = checkpoints
      self.cosignatures = cosignatures
    }
  }

  package init(directory: String) { self.directory = directory }

  /// - Returns: `nil` when nothing was signed yet, or the file was taken away.
  package func read() throws(StorageFault) -> Record? {
    guard FileManager.default.fileExists(atPath: path) else { return nil }
    guard let data = FileManager.default.contents(atPath: path) else {
      throw StorageFault(isFull: false, description: "\(path) cannot be read")
    }
    let lines = data.split(separator: 0x0A, omittingEmptySubsequences: false)
    guard let record = Self.record(lines) else {
      throw StorageFault(isFull: false, description: "\(path) is not as it was written")
    }
    return record
  }

  private static func record(_ lines: [Data]) -> Record? {
    guard let last = lines.last, last.isEmpty, lines.count > 3,
      let size = Decimal.number(lines[1]), let root = NodeHash(base64: Array(lines[2]))
    else { return nil }
    let head = JournalHead(size: size, root: root)
    if lines.count == 4, lines[0].elementsEqual(firstHeader.utf8) { return Record(head, kept: nil) }
    guard lines.count == 6, lines[0].elementsEqual(header.utf8),
      let checkpoints = Decimal.number(lines[3]), let cosignatures = Decimal.number(lines[4])
    else { return nil }
    return Record(head, kept: Kept(checkpoints: checkpoints, cosignatures: cosignatures))
  }

  /// On the disk, under its name, when it returns.
  package func write(_ head: JournalHead, _ kept: Kept) throws(StorageFault) {
    let draft = path + ".new"
    let file = open(draft, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
    guard file >= 0 else { throw failure() }
    defer { close(file) }
    let text = Array(
      """
      \(Self.header)
      \(head.size)
      \(head.root.base64)
      \(kept.checkpoints)
      \(kept.cosignatures)

      """.utf8)
    guard Glibc.write(file, text, text.count) == text.count, fsync(file) == 0,
      rename(draft, path) == 0
    else { throw failure() }
    // A new name lasts only when its directory is synced, too.
    let folder = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard folder >= 0 else { throw failure() }
    defer { close(folder) }
    guard fsync(folder) == 0 else { throw failure() }
  }

  private func failure() -> StorageFault {
    let code = errno
    return StorageFault(
      isFull: code == ENOSPC, description: "\(path): \(String(cString: strerror(code)))")
  }
}
