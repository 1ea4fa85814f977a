import ArgumentParser
import Commands
import Connections
import EventStore
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

/// Opening the vault of a journal.
enum Vaults {
  private static let fingerprintKey = "fingerprint"

  /// The key file is made at the first start; afterwards a missing or wrong key ends the start.
  ///
  /// - Parameter allowsRotation: goes on where a rotation was cut.
  static func open(
    _ journal: SQLiteJournal, _ source: MasterKeySource, allowsRotation: Bool = false,
    _ environment: CommandEnvironment
  ) async throws -> Vault {
    let entries = try await journal.writer.keyring()
    if !allowsRotation, let begun = entries[KeyRotator.mark] {
      throw MasterKeyFault.rotationUnfinished(newID: begun.masterKeyID)
    }
    let kept = entries[fingerprintKey]
    let master = try await source.masterKey(isNew: kept == nil, random: environment.random)
    let keyring: Vault.Keyring
    if let kept {
      keyring = Vault.Keyring(
        masterKeyID: kept.masterKeyID, wrappedFingerprintKey: kept.wrapped)
    } else {
      keyring = try Vault.makeKeyring(master: master, random: environment.random)
      try await journal.writer.addKeyringEntry(
        KeyringEntry(wrapped: keyring.wrappedFingerprintKey, masterKeyID: keyring.masterKeyID),
        name: fingerprintKey)
    }
    return try Vault(
      master: master, keyring: keyring, journalID: journal.identity.id.description,
      random: environment.random)
  }
}
