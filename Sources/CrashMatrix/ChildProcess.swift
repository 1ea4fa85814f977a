import Foundation

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// A program in a process of its own, to be killed.
struct ChildProcess: Sendable {
  private let id: pid_t
  private let output: Int32

  struct NotStarted: Error {
    var code: Int32
  }

  /// - Parameter log: takes what it says on standard error.
  init(_ executable: String, _ arguments: [String], log: String) throws {
    var ends: [Int32] = [0, 0]
    guard pipe(&ends) == 0 else { throw NotStarted(code: errno) }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_adddup2(&actions, ends[1], 1)
    posix_spawn_file_actions_addopen(&actions, 2, log, O_WRONLY | O_CREAT | O_APPEND, 0o600)
    let words = ([executable] + arguments).map { strdup($0) }
    defer { for word in words { free(word) } }
    var child: pid_t = 0
    let code = posix_spawn(&child, executable, &actions, nil, words + [nil], [nil])
    close(ends[1])
    guard code == 0 else {
      close(ends[0])
      throw NotStarted(code: code)
    }
    id = child
    output = ends[0]
  }

  /// The first line that it prints; `nil` when it ends without one.
  func firstLine() async -> String? {
    let output = output
    return await withCheckedContinuation { continuation in
      DispatchQueue.global().async {
        var line: [UInt8] = []
        var byte: UInt8 = 0
        while read(output, &byte, 1) == 1, byte != UInt8(ascii: "\n") { line.append(byte) }
        continuation.resume(
          returning: line.isEmpty ? nil : String(decoding: line, as: UTF8.self))
      }
    }
  }

  /// Sends a signal and waits for the end.
  ///
  /// - Returns: the exit code, or 128 and the number of the signal that ended it.
  func end(by signal: Int32) async -> Int32 {
    let (id, output) = (id, output)
    return await withCheckedContinuation { continuation in
      DispatchQueue.global().async {
        kill(id, signal)
        var status: Int32 = 0
        while waitpid(id, &status, 0) < 0, errno == EINTR {}
        close(output)
        let ending = status & 0x7F
        continuation.resume(returning: ending == 0 ? status >> 8 & 0xFF : 128 + ending)
      }
    }
  }
}
