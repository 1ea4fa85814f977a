import FoundationEssentials

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// The files that were opened, as the file system knows them. SQLite goes on writing to a file that
/// was moved, removed or replaced, and none of it would be there at the next start.
struct JournalFile: Sendable {
  let path: String
  private let database: FileIdentity
  /// Of the write-ahead log, which SQLite makes when it needs it, cuts, and keeps to its end; `nil`
  /// until it was seen.
  private var log: FileIdentity?

  init(path: String) throws(StorageFault) {
    guard let found = FileIdentity(of: path) else { throw Self.gone(path) }
    self.path = path
    database = found
    log = FileIdentity(of: logPath)
  }

  /// - Throws: when a path no longer leads to the file that was opened.
  mutating func check() throws(StorageFault) {
    try Self.check(path, is: database)
    if let log { try Self.check(logPath, is: log) } else { log = FileIdentity(of: logPath) }
  }

  private var logPath: String { path + "-wal" }

  private static func check(_ path: String, is known: FileIdentity) throws(StorageFault) {
    guard let found = FileIdentity(of: path) else { throw gone(path) }
    guard found == known else {
      throw StorageFault(
        isFull: false,
        description: "\(name(of: path)) was replaced by another file while it was open")
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
  private static func name(of path: String) -> String {
    String(path[(path.lastIndex(of: "/").map(path.index(after:)) ?? path.startIndex)...])
  }

  private static func gone(_ path: String) -> StorageFault {
    StorageFault(isFull: false, description: "\(name(of: path)) is no longer there")
  }

  private static func failure() -> StorageFault {
    let code = errno
    return StorageFault(isFull: code == ENOSPC, description: String(cString: strerror(code)))
  }
}
