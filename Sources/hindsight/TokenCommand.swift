import ArgumentParser
import Commands
import Connections
import EventStore
import Foundation
import Gateway
import NIOHTTP1
import OktaAPI

extension Role: ExpressibleByArgument {}

struct TokenCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "token",
    abstract: "Manages Hindsight's own tokens.",
    discussion: """
      Works on the data directory while no server runs on it, and through the server with \
      --server and an admin's token otherwise.
      """,
    subcommands: [Create.self, List.self, Revoke.self])

  /// Where the tokens are managed.
  struct Place: ParsableArguments {
    @OptionGroup var place: DataOptions
    @Option(help: "The address of a running server; needs an admin's token in HINDSIGHT_TOKEN.")
    var server: String?
    @Option(help: .init("A file with the admin's token, in place of it.", valueName: "path"))
    var tokenFile: String?

    /// - Parameter makes: whether a journal is made where there is none.
    func registry(makes: Bool) async throws -> AccessRegistry {
      let directory = try await place.directory()
      let journal =
        try makes ? Journals.openForWriting(directory) : Journals.openExisting(directory)
      return try await AccessRegistry(
        writer: journal.writer, reader: journal.reader, environment: .real)
    }

    /// The server that is named; a directory that the command line names goes before one of the
    /// environment.
    func client() async throws -> ServerClient? {
      let settings = try await Settings(
        options: ["server": server, "tokenFile": tokenFile], file: place.config)
      guard server != nil || (place.data == nil && settings.string("server") != nil) else {
        return nil
      }
      return try ServerOptions.client(settings, tokenFile: tokenFile)
    }
  }

  struct Create: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "create", abstract: "Makes a token and prints it alone, this once.")

    @Option(help: "Whose it is, or what for.") var name = "unnamed"
    @Option(help: "reviewer, operator or admin.") var role: Role = .reviewer
    @OptionGroup var place: Place
    @OptionGroup var output: FormatOptions

    func run() async throws {
      try await Failures.told {
        let made = try await made()
        // Alone, so that a script can take it as it is.
        output.show(made, made["token"]?.text ?? "")
      }
    }

    private func made() async throws -> JSONValue {
      if let client = try await place.client() {
        return try await client.value(
          .POST, "/hindsight/v1/tokens",
          body: ["name": .string(name), "role": .string(role.rawValue)])
      }
      guard (1...100).contains(name.utf8.count) else {
        throw ValidationError("A name has 1 to 100 bytes.")
      }
      let (record, token) = try await place.registry(makes: true).create(
        name: name, role: role, context: LocalActor.context)
      return [
        "id": .string(record.id.description), "name": .string(record.name),
        "role": .string(record.role.rawValue),
        "token": token.withBytes { .string(String(decoding: $0, as: UTF8.self)) },
      ]
    }
  }

  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "list", abstract: "Lists the tokens, never their text.")

    @OptionGroup var place: Place
    @OptionGroup var output: FormatOptions

    func run() async throws {
      try await Failures.told {
        let tokens = try await tokens()
        var table = TextTable(header: ["ID", "NAME", "ROLE", "CREATED (UTC)", "REVOKED (UTC)"])
        table.rows = tokens.map { token in
          ["id", "name", "role", "createdAt", "revokedAt"].map { token[$0]?.text ?? "" }
        }
        output.show(["tokens": .array(tokens)], table.fitted.text)
      }
    }

    private func tokens() async throws -> [JSONValue] {
      if let client = try await place.client() {
        return try await client.list("tokens")["tokens"]?.elements ?? []
      }
      let directory = try await place.place.directory()
      let reader = try Journals.openForReading(directory)
      var tokens = AccessTokens()
      for event in try await reader.events(in: .access, after: 0) { tokens.apply(event) }
      return tokens.all.values.sorted { $0.createdAt < $1.createdAt }.map(NativeJSON.token)
    }
  }

  struct Revoke: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "revoke", abstract: "Makes a token worthless.")

    @Argument(help: "The token's id, from `hindsight token list`.") var id: String
    @OptionGroup var place: Place
    @OptionGroup var output: FormatOptions

    func run() async throws {
      try await Failures.told {
        guard let tokenID = UUIDv7(id) else { throw ValidationError("This is no id: \(id)") }
        if let client = try await place.client() {
          _ = try await client.value(.DELETE, "/hindsight/v1/tokens/\(tokenID)")
        } else if try await !place.registry(makes: false).revoke(
          tokenID, context: LocalActor.context)
        {
          throw ValidationError("There is no token \(id), or it was revoked before.")
        }
        output.show(
          ["id": .string(tokenID.description), "revoked": true], "Revoked \(tokenID).")
      }
    }
  }
}
