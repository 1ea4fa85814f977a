import ArgumentParser
import NIOHTTP1
import OktaAPI

struct SecretsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "secrets",
    abstract: "Looks after recorded secrets by their fingerprints, never showing one.",
    subcommands: [Compromised.self])

  /// Why it is done; it stands in the journal with who did it.
  struct Why: ParsableArguments {
    @Option(help: "Why.") var reason: String
    @Option(help: "The ticket.") var ticket: String?

    var body: JSONValue {
      .object(
        [.init("reason", .string(reason))]
          + (ticket.map { [.init("ticket", .string($0))] } ?? []))
    }
  }

  struct Compromised: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "compromised",
      abstract: "Forbids the use of a secret for ever, and names the connections that hold it.",
      discussion: "Needs a running server and the role admin.")

    @Argument(help: "The secret's fingerprint, 32 hexadecimal digits.") var fingerprint: String
    @OptionGroup var why: Why
    @OptionGroup var server: ServerOptions
    @OptionGroup var output: FormatOptions

    func run() async throws {
      try await Failures.told {
        let told = try await server.client().value(
          .POST, "/hindsight/v1/secrets/\(ServerClient.segment(fingerprint))/compromised",
          body: why.body)
        switch output.format {
        case .json: Output.json(told)
        case .table:
          let holders = (told["heldBy"]?.elements ?? []).compactMap(\.text)
          Output.line("Recorded: the secret \(fingerprint) is compromised and is not used again.")
          Output.line(
            holders.isEmpty
              ? "No connection is known to hold it now."
              : "Still held by \(holders.joined(separator: ", ")): give each a new one.")
        }
      }
    }
  }
}
