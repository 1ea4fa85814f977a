import Connections
import Fixtures
import Testing
import Vault

/// One at a time: a program that runs may hold what another one's end is told by.
@Suite(.serialized, .timeLimit(.minutes(5))) struct `A program that prints the master key` {
  private static let digits = String(repeating: "0a", count: 32)

  private func provider(_ command: String) -> CommandKeyProvider {
    // Ends only when the task is cancelled: no program here is slow.
    CommandKeyProvider(command: command) { _ in
      let (never, held) = AsyncStream<Never>.makeStream()
      for await _ in never {}
      withExtendedLifetime(held) {}
      throw CancellationError()
    }
  }

  @Test func `gives the same key as a file with the same digits`() async throws {
    let directory = try TemporaryDirectory()
    try directory.write(Array((Self.digits + "\n").utf8), to: "key")
    let key = try await provider("cat '\(directory.file("key"))'").masterKey()
    #expect(key.id == (try MasterKey(text: Self.digits, source: "here")).id)
  }

  @Test func `fails with its status`() async throws {
    await #expect(throws: MasterKeyFault.commandFailed(command: "exit 7", status: 7)) {
      try await provider("exit 7").masterKey()
    }
  }

  @Test func `must print 64 hexadecimal digits and nothing else`() async throws {
    for command in ["true", "echo 0a", "echo \(Self.digits)\(Self.digits)"] {
      let source = "the output of `\(command)`"
      await #expect(throws: MasterKeyFault.malformed(source: source)) {
        try await provider(command).masterKey()
      }
    }
  }

  @Test func `is ended when it takes too long`() async throws {
    let slow = CommandKeyProvider(command: "exec sleep 600") { _ in }
    await #expect(throws: MasterKeyFault.self) { try await slow.masterKey() }
  }
}
