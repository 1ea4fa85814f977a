import Fixtures
import Foundation
import Glibc
import Synchronization
import Testing

/// Programs run one at a time, lest a machine with few cores keep them waiting.
@Suite(.serialized) struct `The command line` {}

/// The built program, run as a process of its own.
enum Program {
  struct Result: Sendable {
    var exitCode: Int32
    var output: String
    var errors: String
  }

  /// Beside the program that runs the tests, or else where a debug build puts it.
  static let path: String = {
    let beside = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
      .deletingLastPathComponent().appendingPathComponent("hindsight").path
    if FileManager.default.isExecutableFile(atPath: beside) { return beside }
    return URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("../../.build/debug/hindsight").standardized.path
  }()

  /// Runs it to its end.
  static func run(
    _ arguments: [String], environment: [String: String] = [:]
  ) async throws -> Result {
    try await RunningProgram(arguments, environment: environment).whenEnded()
  }
}

extension Program {
  /// Runs it as somebody whom modes of files bind. Root becomes nobody first, and as nobody may not
  /// reach the build, it takes a copy of the program along.
  static func runPowerless(
    _ arguments: [String], environment: [String: String] = [:]
  ) async throws -> Result {
    guard geteuid() == 0 else { return try await run(arguments, environment: environment) }
    let place = try TemporaryDirectory()
    let copy = place.file("hindsight")
    try FileManager.default.copyItem(atPath: path, toPath: copy)
    for item in [place.path, copy] {
      try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: item)
    }
    // Of util-linux, which every Debian has.
    let running = try RunningProgram(
      ["--reuid", "65534", "--regid", "65534", "--clear-groups", copy] + arguments,
      environment: environment, executable: "/usr/bin/setpriv")
    return await running.whenEnded()
  }
}

/// A program that runs; it is killed when nobody holds it any more.
final class RunningProgram: Sendable {
  struct NotStarted: Error {
    var code: Int32
  }

  private let process: SpawnedProcess
  private let exit: Task<Int32, Never>
  private let output: ProgramOutput
  private let errors: ProgramOutput

  /// - Parameter environment: all that the program gets of one, but for where programs are.
  init(
    _ arguments: [String], environment: [String: String] = [:], executable: String = Program.path
  ) throws {
    let (output, errors) = (try ProgramPipe(), try ProgramPipe())
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_adddup2(&actions, output.writing, 1)
    posix_spawn_file_actions_adddup2(&actions, errors.writing, 2)
    let variables = ["PATH": "/usr/bin:/bin", "HOME": "/nonexistent"].merging(environment) { $1 }
    let words = ([executable] + arguments).map { strdup($0) }
    let pairs = variables.map { strdup("\($0.key)=\($0.value)") }
    defer { for text in words + pairs { free(text) } }
    var child: pid_t = 0
    let code = posix_spawn(&child, executable, &actions, nil, words + [nil], pairs + [nil])
    close(output.writing)
    close(errors.writing)
    guard code == 0 else { throw NotStarted(code: code) }
    process = SpawnedProcess(child)
    exit = Self.ending(of: process)
    self.output = ProgramOutput(of: output.reading)
    self.errors = ProgramOutput(of: errors.reading)
  }

  deinit { process.send(SIGKILL) }

  /// Waits on a thread of its own, for there is nothing else to wait on.
  private static func ending(of process: SpawnedProcess) -> Task<Int32, Never> {
    let (codes, code) = AsyncStream<Int32>.makeStream()
    Thread.detachNewThread {
      code.yield(process.waitForEnd())
      code.finish()
    }
    return Task { await codes.first { _ in true } ?? -1 }
  }

  func send(_ signal: Int32) { process.send(signal) }

  /// While it runs.
  var processID: Int32 { process.id }

  /// The next line of standard output; `nil` at its end.
  func nextLine() async -> String? { await output.nextLine() }

  func whenEnded() async -> Program.Result {
    let code = await exit.value
    return Program.Result(
      exitCode: code, output: await output.toTheEnd(), errors: await errors.toTheEnd())
  }
}

/// A process of ours. Its id is worth nothing once it was waited for: another may bear it then.
private final class SpawnedProcess: Sendable {
  let id: pid_t
  private let isGone = Mutex<Bool>(false)

  init(_ id: pid_t) { self.id = id }

  func send(_ signal: Int32) {
    isGone.withLock { isGone in
      if !isGone { kill(id, signal) }
    }
  }

  /// As a shell tells it: a signal is 128 and its number.
  func waitForEnd() -> Int32 {
    var information = siginfo_t()
    while waitid(P_PID, id_t(id), &information, WEXITED | WNOWAIT) < 0, errno == EINTR {}
    var status: Int32 = 0
    isGone.withLock { isGone in
      isGone = true
      waitpid(id, &status, 0)
    }
    let signal = status & 0x7F
    return signal == 0 ? status >> 8 & 0xFF : 128 + signal
  }
}

/// A pipe that no other program inherits.
private struct ProgramPipe {
  let reading: Int32
  let writing: Int32

  init() throws {
    var ends: [Int32] = [0, 0]
    guard pipe(&ends) == 0 else { throw RunningProgram.NotStarted(code: errno) }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    (reading, writing) = (ends[0], ends[1])
  }
}

/// What a program says, line by line, and all of it.
private actor ProgramOutput {
  private let parts: AsyncStream<[UInt8]>
  private var bytes: [UInt8] = []
  private var taken = 0

  init(of descriptor: Int32) {
    let (parts, part) = AsyncStream<[UInt8]>.makeStream()
    self.parts = parts
    Thread.detachNewThread {
      var buffer = [UInt8](repeating: 0, count: 65_536)
      while true {
        let count = read(descriptor, &buffer, buffer.count)
        guard count > 0 else { break }
        part.yield(Array(buffer.prefix(count)))
      }
      close(descriptor)
      part.finish()
    }
  }

  func nextLine() async -> String? {
    while true {
      if let end = bytes[taken...].firstIndex(of: 10) {
        defer { taken = end + 1 }
        return String(decoding: bytes[taken..<end], as: UTF8.self)
      }
      guard let part = await parts.first(where: { _ in true }) else { return nil }
      bytes += part
    }
  }

  func toTheEnd() async -> String {
    for await part in parts { bytes += part }
    return String(decoding: bytes, as: UTF8.self)
  }
}
