import FoundationEssentials

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// The file that was opened, as the file system knows it. SQLite goes on writing to a file that was
/// moved or replaced, and none of it would be there at the next start.
struct JournalFile: Sendable {
  let path: String
  private let device: UInt64
  private let inode: UInt64

  init(path: String) throws(StorageFault) {
    guard let found = Self.status(path) else { throw Self.gone(path) }
    self.path = path
    (device, inode) = found
  }

  /// - Throws: when the path no longer leads to the file that was opened.
  func check() throws(StorageFault) {
    guard let found = Self.status(path) else { throw Self.gone(path) }
    guard found == (device, inode) else {
      throw StorageFault(
        isFull: false, description: "\(name) was replaced by another file while it was open")
    }
  }

  /// Writes and syncs a page beside the journal, and takes it away again: whether the disk would
  /// take an event now.
  func checkDisk() throws(StorageFault) {
    let probe = path + "-probe"
    let file = open(probe, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
    guard file >= 0 else { throw Self.failure() }
    defer {
      close(file)
      unlink(probe)
    }
    let page = [UInt8](repeating: 0, count: 4_096)
    guard write(file, page, page.count) == page.count, fsync(file) == 0 else {
      throw Self.failure()
    }
  }

  /// What is told of it: where it lies is nobody's business who asks from outside.
  private var name: String { Self.name(of: path) }
  private static func name(of path: String) -> String {
    String(path[(path.lastIndex(of: "/").map(path.index(after:)) ?? path.startIndex)...])
  }

  private static func status(_ path: String) -> (UInt64, UInt64)? {
    var status = stat()
    guard stat(path, &status) == 0 else { return nil }
    return (UInt64(status.st_dev), UInt64(status.st_ino))
  }

  private static func gone(_ path: String) -> StorageFault {
    StorageFault(isFull: false, description: "\(name(of: path)) is no longer there")
  }

  private static func failure() -> StorageFault {
    let code = errno
    return StorageFault(isFull: code == ENOSPC, description: String(cString: strerror(code)))
  }
}
