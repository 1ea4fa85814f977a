package import Connections
import Foundation

/// Where the master key comes from. Whoever keeps it elsewhere, in a KMS or an HSM, conforms by a
/// program: see `CommandKeyProvider`.
package protocol MasterKeyProvider: Sendable {
  func masterKey() async throws(MasterKeyFault) -> MasterKey
}

/// A file that its owner alone can read.
package struct FileKeyProvider: MasterKeyProvider {
  package var path: String

  package init(path: String) { self.path = path }

  package func masterKey() throws(MasterKeyFault) -> MasterKey { try MasterKey(file: path) }
}

/// A text that was handed over, such as an environment variable's.
package struct TextKeyProvider: MasterKeyProvider {
  private let text: Secret
  /// Names it in messages.
  package var source: String

  package init(_ text: Secret, source: String) {
    self.text = text
    self.source = source
  }

  package func masterKey() throws(MasterKeyFault) -> MasterKey {
    try MasterKey(
      text: text.withBytes { String(decoding: $0, as: UTF8.self) }, source: source)
  }
}

/// A program that prints the key, 64 hexadecimal digits, on its standard output: the client of a
/// key service. It is run by the shell, once at a start; what it says on standard error is seen.
package struct CommandKeyProvider: MasterKeyProvider {
  package var command: String
  /// How long it may take.
  package var timeout: Duration
  private let sleep: @Sendable (Duration) async throws -> Void

  package init(
    command: String, timeout: Duration = .seconds(60),
    sleep: @escaping @Sendable (Duration) async throws -> Void
  ) {
    self.command = command
    self.timeout = timeout
    self.sleep = sleep
  }

  package func masterKey() async throws(MasterKeyFault) -> MasterKey {
    let process = Process()
    process.executableURL = URL(filePath: "/bin/sh")
    process.arguments = ["-c", command]
    process.standardInput = FileHandle.nullDevice
    let output = Pipe()
    process.standardOutput = output
    let ended = AsyncStream<Int32> { told in
      process.terminationHandler = {
        told.yield($0.terminationStatus)
        told.finish()
      }
    }
    do { try process.run() } catch { throw .commandFailed(command: command, status: nil) }
    let timer = Task { [sleep, timeout] in
      try await sleep(timeout)
      // Not SIGTERM, which a program that is started from here may have inherited as blocked.
      kill(process.processIdentifier, SIGKILL)
    }
    // More than a key would fill the pipe and hold the program, until the time is over.
    var status: Int32?
    for await code in ended { status = code }
    timer.cancel()
    guard status == 0 else {
      throw .commandFailed(command: command, status: status.map(Int.init))
    }
    return try MasterKey(
      text: Self.printed(output), source: "the output of `\(command)`")
  }

  /// What an ended program left in its pipe. Its end is not waited for: a program that it started
  /// may hold the pipe still.
  private static func printed(_ pipe: Pipe) -> String {
    let descriptor = pipe.fileHandleForReading.fileDescriptor
    _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
    var bytes = [UInt8](repeating: 0, count: 4_096)
    let count = read(descriptor, &bytes, bytes.count)
    return String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
  }
}
