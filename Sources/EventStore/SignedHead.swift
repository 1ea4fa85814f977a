import FoundationEssentials
import TransparencyLog

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// The last head that was signed, in a file beside the journal. A journal that is taken back to an
/// older copy takes its checkpoints along; this file stays, and the next start finds that the
/// journal is behind it.
package struct SignedHead: Sendable {
  package static let fileName = "last-signed"
  private let directory: String
  private var path: String { directory + "/" + Self.fileName }
  private static let header = "hindsight/last-signed/1"

  package init(directory: String) { self.directory = directory }

  /// - Returns: `nil` when nothing was signed yet, or the file was taken away.
  package func read() throws(StorageFault) -> JournalHead? {
    guard FileManager.default.fileExists(atPath: path) else { return nil }
    guard let data = FileManager.default.contents(atPath: path) else {
      throw StorageFault(isFull: false, description: "\(path) cannot be read")
    }
    let lines = data.split(separator: 0x0A, omittingEmptySubsequences: false)
    guard lines.count == 4, lines[3].isEmpty, lines[0].elementsEqual(Self.header.utf8),
      let size = Decimal.number(lines[1]), let root = NodeHash(base64: Array(lines[2]))
    else { throw StorageFault(isFull: false, description: "\(path) is not as it was written") }
    return JournalHead(size: size, root: root)
  }

  /// On the disk, under its name, when it returns.
  package func write(_ head: JournalHead) throws(StorageFault) {
    let draft = path + ".new"
    let file = open(draft, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
    guard file >= 0 else { throw failure() }
    defer { close(file) }
    let text = Array("\(Self.header)\n\(head.size)\n\(head.root.base64)\n".utf8)
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
