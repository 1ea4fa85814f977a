import ArgumentParser
import Commands
import Connections
import Foundation
import Vault

/// How a command line names the master key.
struct MasterKeyOptions: ParsableArguments {
  @Option(
    help: "The file with the master key. Default: master.key in the data directory, made once.")
  var masterKeyFile: String?

  @Option(
    help: "A program that prints the master key: the client of a KMS or HSM. Run by the shell.")
  var masterKeyCommand: String?
}

/// Where the master key comes from: a file or a program that is named, else the variable
/// HINDSIGHT_MASTER_KEY, else a file in the data directory.
struct MasterKeySource: Sendable {
  let provider: any MasterKeyProvider
  /// A file that may be made when a journal begins.
  private let path: String?

  init(_ settings: Settings, directory: String) throws {
    switch (settings.string("masterKeyFile"), settings.string("masterKeyCommand")) {
    case (_?, _?):
      throw ValidationError("Name the master key by --master-key-file or --master-key-command.")
    case (let file?, nil): self.init(file: file)
    case (nil, let command?):
      self.init(CommandKeyProvider(command: command, sleep: CommandEnvironment.real.sleep))
    case (nil, nil):
      if let text = ProcessInfo.processInfo.environment["HINDSIGHT_MASTER_KEY"] {
        self.init(TextKeyProvider(Secret(text), source: "HINDSIGHT_MASTER_KEY"))
      } else {
        self.init(directory: directory)
      }
    }
  }

  init(directory: String) { self.init(file: directory + "/master.key") }

  private init(file: String) { self.init(FileKeyProvider(path: file), mayMake: file) }

  private init(_ provider: any MasterKeyProvider, mayMake path: String? = nil) {
    self.provider = provider
    self.path = path
  }

  /// - Parameter isNew: nothing was sealed yet, so a key may be made.
  func masterKey(isNew: Bool, random: (Int) -> [UInt8]) async throws -> MasterKey {
    if isNew, let path, !FileManager.default.fileExists(atPath: path) {
      return try MasterKey(creating: path, random: random)
    }
    return try await provider.masterKey()
  }
}
