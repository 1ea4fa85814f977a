#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// The right to write to what a file stands for: an exclusive lock on that file, held as long as
/// the value lives. The kernel drops it when the process ends, however it ends.
package final class FileLock: Sendable {
  private let descriptor: Int32

  /// Makes the file where there is none.
  package init(_ path: String) throws(FileLockFault) {
    descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw .notWritable(reason: String(cString: strerror(errno))) }
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
      close(descriptor)
      throw .held
    }
  }

  deinit { close(descriptor) }
}

package enum FileLockFault: Error, Hashable, Sendable {
  case notWritable(reason: String)
  /// Another process has it, or this one already.
  case held
}
