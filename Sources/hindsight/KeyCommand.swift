import ArgumentParser
import Commands
import Connections
import EventStore
import Foundation
import OktaAPI
import Vault

struct KeyCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "key", abstract: "Looks after the master key.", subcommands: [Rotate.self])

  struct Rotate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "rotate",
      abstract: "Wraps every key of a journal under a new master key.",
      discussion: """
        Stop the server first. No event is touched and every proof still holds. If it is cut, run \
        it again with the same two keys: it goes on where it stopped. Afterwards serve with the \
        new key, and destroy every copy of the old one.
        """)

    @OptionGroup var place: DataOptions
    @OptionGroup var old: MasterKeyOptions

    @Option(help: "The file of the new key; made with mode 0600 if it does not exist.")
    var newKeyFile: String?
    @Option(help: "A program that prints the new key, 64 hexadecimal digits.")
    var newKeyCommand: String?
    @Option(help: "Why; recorded.") var reason: String?
    @OptionGroup var output: FormatOptions

    func validate() throws {
      guard (newKeyFile == nil) != (newKeyCommand == nil) else {
        throw ValidationError("Name the new key by --new-key-file or --new-key-command.")
      }
    }

    func run() async throws {
      try await Failures.told {
        let environment = CommandEnvironment.real
        let settings = try await Settings(
          options: [
            "data": place.data, "masterKeyFile": old.masterKeyFile,
            "masterKeyCommand": old.masterKeyCommand,
          ], file: place.config)
        let directory = settings.string("data", default: DataOptions.defaultDirectory)
        let journal = try Journals.openExisting(directory)
        let source = try MasterKeySource(settings, directory: directory)
        let vault: Vault
        do {
          vault = try await Vault.open(
            journal, allowsRotation: true, random: environment.random
          ) { isNew in try await source.masterKey(isNew: isNew, random: environment.random) }
        } catch MasterKeyFault.wrongKey(let expected, let found) {
          guard let new = try await presentKey(environment), new.id == expected else {
            throw MasterKeyFault.wrongKey(expectedID: expected, foundID: found)
          }
          return Output.line(
            "The journal is wrapped under that key already, and nothing was changed: \(expected).")
        }
        let new = try await newKey(environment)
        guard new.id != vault.masterKeyID else {
          throw ValidationError(
            "The new key is the one that the journal is sealed with. Nothing was changed.")
        }
        var context = LocalActor.context
        context.reason = reason
        let result = try await KeyRotator(
          journal: journal, vault: vault, environment: environment
        ).rotate(
          to: new, context: context)
        tell(result, from: vault.masterKeyID, to: new.id)
      }
    }

    private func newKey(_ environment: CommandEnvironment) async throws -> MasterKey {
      if let key = try await presentKey(environment) { return key }
      return try MasterKey(creating: newKeyFile ?? "", random: environment.random)
    }

    /// The new key, where there is one.
    private func presentKey(_ environment: CommandEnvironment) async throws -> MasterKey? {
      if let newKeyCommand {
        return try await CommandKeyProvider(command: newKeyCommand, sleep: environment.sleep)
          .masterKey()
      }
      let path = newKeyFile ?? ""
      return FileManager.default.fileExists(atPath: path) ? try MasterKey(file: path) : nil
    }

    private func tell(_ result: KeyRotator.Result, from: String, to: String) {
      switch output.format {
      case .json:
        Output.json([
          "from": .string(from), "to": .string(to), "dataKeys": JSONValue(result.count),
          "scrubbed": .boolean(result.isScrubbed),
        ])
      case .table:
        Output.line(
          """
          Wrapped \(result.count) data keys and the journal's own under the master key \(to).
          Serve with it from now on (\(how)), keep a copy apart from the backups, and destroy \
          every copy of the old key \(from): a backup made before still opens with it.
          """)
        if !result.isScrubbed {
          Output.line(
            """
            The journal's write-ahead log still keeps keys that the old one opens: somebody reads \
            an older state, or it could not be cut. The next start of the server cuts it.
            """)
        }
      }
    }

    private var how: String {
      newKeyFile.map { "--master-key-file \($0)" }
        ?? "--master-key-command '\(newKeyCommand ?? "")'"
    }
  }
}
