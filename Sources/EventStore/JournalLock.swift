#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// The right to write to a data directory: an exclusive lock on `journal.lock`, held as long as the
/// value lives. The kernel drops it when the process ends, however it ends.
final class JournalLock: Sendable {
  private let descriptor: Int32

  init(directory: String) throws(JournalOpenFault) {
    let path = directory + "/journal.lock"
    descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else {
      throw .notWritable(path: directory, reason: String(cString: strerror(errno)))
    }
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
      close(descriptor)
      throw .inUse(path: directory)
    }
  }

  deinit { close(descriptor) }
}
