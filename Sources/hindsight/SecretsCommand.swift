import ArgumentParser
import Connections
import Gateway
import NIOHTTP1
import OktaAPI

struct SecretsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "secrets",
    abstract: "Looks after recorded secrets by their fingerprints.",
    discussion: "Needs a running server; listing needs the role reviewer, all else the role admin.",
    subcommands: [List.self, Compromised.self, Shred.self, Reveal.self],
    defaultSubcommand: List.self)

  /// Why it is done; it stands in the journal with who did it.
  struct Why: ParsableArguments {
    @Option(help: "Why; recorded.") var reason: String
    @Option(help: "The ticket; recorded.") var ticket: String?

    var members: [JSONValue.Member] {
      [.init("reason", .string(reason))]
        + (ticket.map { [.init("ticket", .string($0))] } ?? [])
    }
  }

  /// One secret, and why something is done about it.
  struct Which: ParsableArguments {
    @Argument(help: "The secret's fingerprint, or its first digits, eight at least.")
    var fingerprint: String
    @OptionGroup var why: Why
    @OptionGroup var server: ServerOptions
    @OptionGroup var output: FormatOptions

    func ask(_ action: String) async throws -> JSONValue {
      try await server.client().value(
        .POST, "/hindsight/v1/secrets/\(ServerClient.segment(fingerprint))/\(action)",
        body: .object(why.members))
    }
  }

  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "list", abstract: "Lists the secrets, never one itself. The default.")

    @Option(help: "Only those that this app's connection ever had.") var app: String?
    @Option(help: "Only those whose fingerprint begins so.") var fingerprint: String?
    @Option(help: "Only those that are current, mayBeCurrent, compromised, shredded or held.")
    var standing: String?
    @Option(help: StandingOrder.help(.secrets)) var sort: String?
    @OptionGroup var server: ServerOptions
    @OptionGroup var output: FormatOptions

    func run() async throws {
      try await Failures.told {
        let told = try await server.client().list(
          "secrets",
          ["appId": app, "fingerprint": fingerprint, "standing": standing, "sort": sort])
        output.show(told, Self.table(told["secrets"]?.elements ?? []))
      }
    }

    private static func table(_ secrets: [JSONValue]) -> String {
      guard !secrets.isEmpty else { return "No secret is recorded yet." }
      var table = TextTable(
        header: [
          "FINGERPRINT", "APP", "FIELD", "DAYS", "FIRST USED (UTC)", "LAST USED (UTC)", "STANDING",
          "ALSO IN",
        ])
      table.rows = secrets.map { secret in
        [
          secret["fingerprint"]?.text ?? "", secret["appId"]?.text ?? "",
          secret["field"]?.text ?? "", String(secret["ageDays"]?.integer ?? 0),
          time(secret["firstUsedAt"]), time(secret["lastUsedAt"]),
          standing(secret),
          (secret["alsoIn"]?.elements ?? []).compactMap(\.text).joined(separator: " "),
        ]
      }
      return String(table.text.dropLast())
    }

    private static func time(_ moment: JSONValue?) -> String {
      String((moment?.text ?? "").prefix(19)).replacing("T", with: " ")
    }

    private static func standing(_ secret: JSONValue) -> String {
      let words = [
        ("current", "current"), ("mayBeCurrent", "may be current"), ("compromised", "COMPROMISED"),
        ("shredded", "shredded"),
      ].filter { secret[$0.0]?.boolean == true }.map(\.1)
      let isHeld = secret["holds"]?.elements?.isEmpty == false
      return (words + (isHeld ? ["held"] : [])).joined(separator: ", ")
    }
  }

  struct Compromised: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "compromised",
      abstract: "Forbids the use of a secret for ever, and names the connections that hold it.")

    @OptionGroup var which: Which

    func run() async throws {
      try await Failures.told {
        let told = try await which.ask("compromised")
        func apps(_ key: String) -> String {
          (told[key]?.elements ?? []).compactMap(\.text).joined(separator: ", ")
        }
        var lines = [
          told["recordedBefore"]?.boolean == true
            ? "It was marked before, and nothing more was recorded: the first word stands."
            : """
            Recorded: the secret \(told["fingerprint"]?.text ?? "") is compromised and is not used \
            again.
            """,
          apps("heldBy").isEmpty
            ? "No connection is known to hold it now."
            : "Still held by \(apps("heldBy")): give each a new one.",
        ]
        if !apps("mayBeHeldBy").isEmpty {
          lines.append(
            """
            Perhaps held by \(apps("mayBeHeldBy")): nobody knows yet whether an update with it was \
            carried out. Give each a new one.
            """)
        }
        which.output.show(told, lines.joined(separator: "\n"))
      }
    }
  }

  struct Shred: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "shred",
      abstract: "Destroys the keys of secrets, so that nobody can open them any more.",
      discussion: """
        By name, or by rule with --older-than-days, which leaves what is in force and what a hold \
        covers. Every proof still holds. It cannot be undone, and backups made before keep the keys.
        """)

    @Argument(help: "The secret's fingerprint, or its first digits, eight at least.")
    var fingerprint: String?
    @Option(help: "All secrets last set more than so many days ago and not in force.")
    var olderThanDays: Int?
    @OptionGroup var why: Why
    @OptionGroup var server: ServerOptions
    @OptionGroup var output: FormatOptions

    func validate() throws {
      guard (fingerprint == nil) != (olderThanDays == nil) else {
        throw ValidationError("Name a fingerprint or --older-than-days.")
      }
    }

    func run() async throws {
      try await Failures.told {
        var body = why.members
        var path = "/hindsight/v1/secrets/shred"
        if let olderThanDays {
          body.append(.init("olderThanDays", JSONValue(olderThanDays)))
        } else if let fingerprint {
          path = "/hindsight/v1/secrets/\(ServerClient.segment(fingerprint))/shred"
        }
        let told = try await server.client().value(.POST, path, body: .object(body))
        switch output.format {
        case .json: Output.json(told)
        case .table:
          Output.line(
            "Shredded: \(told["shredded"]?.elements?.count ?? 0) sealed copies. "
              + "Left under a hold: \(told["held"]?.elements?.count ?? 0).")
          let holders = (told["inForceIn"]?.elements ?? []).compactMap(\.text)
          if !holders.isEmpty {
            Output.line(
              "It is still in force in \(holders.joined(separator: ", ")): Okta keeps it, and no "
                + "rollback can set it again.")
          }
          if told["scrubbed"]?.boolean == false {
            Output.line(
              "The write-ahead log still keeps old pages: somebody reads an older state, or it "
                + "could not be cut. Shred again, or restart the server, to cut it.")
          }
        }
      }
    }
  }

  struct Reveal: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "reveal",
      abstract: "Prints one secret, where the server allows it; that it was shown is recorded.",
      discussion: "Going back to a secret never needs this. See `serve --allow-reveal`.")

    @OptionGroup var which: Which

    func run() async throws {
      try await Failures.told {
        let told = try await which.ask("reveal")
        which.output.show(told, told["secret"]?.text ?? "")
      }
    }
  }
}

struct HoldCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "hold",
    abstract: "Keeps secrets from being shredded, for as long as a legal hold stands.",
    discussion: "Needs a running server; listing needs the role reviewer, all else the role admin.",
    subcommands: [List.self, Add.self, Release.self], defaultSubcommand: List.self)

  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "list", abstract: "Lists the holds that stand. The default.")

    @Option(help: "Only those over this app's connection.") var app: String?
    @Option(help: "Only those over the secret of this fingerprint, or of its beginning.")
    var fingerprint: String?
    @Option(help: StandingOrder.help(.holds)) var sort: String?
    @OptionGroup var server: ServerOptions
    @OptionGroup var output: FormatOptions

    func run() async throws {
      try await Failures.told {
        let told = try await server.client().list(
          "holds", ["appId": app, "fingerprint": fingerprint, "sort": sort])
        guard output.format == .table else { return Output.json(told) }
        let holds = told["holds"]?.elements ?? []
        guard !holds.isEmpty else { return Output.line("No hold stands.") }
        var table = TextTable(header: ["HOLD", "OVER", "SINCE (UTC)", "BY", "REASON"])
        table.rows = holds.map { hold in
          let over = hold["over"]
          return [
            hold["holdId"]?.text ?? "",
            over?.text ?? over?["appId"]?.text ?? over?["fingerprint"]?.text ?? "",
            String((hold["since"]?.text ?? "").prefix(19)).replacing("T", with: " "),
            hold["by"]?.text ?? "", hold["reason"]?.text ?? "",
          ]
        }
        Output.line(String(table.text.dropLast()))
      }
    }
  }

  struct Add: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "add",
      abstract: "Adds a hold over all secrets, a connection's or one, and prints its id.")

    @Option(help: "Over every secret that this app's connection ever had.") var app: String?
    @Option(help: "Over the secret with this fingerprint.") var fingerprint: String?
    @OptionGroup var why: SecretsCommand.Why
    @OptionGroup var server: ServerOptions
    @OptionGroup var output: FormatOptions

    func run() async throws {
      guard app == nil || fingerprint == nil else {
        throw ValidationError("Name --app or --fingerprint, or neither for all secrets.")
      }
      try await Failures.told {
        let over: JSONValue =
          app.map { ["appId": .string($0)] } ?? fingerprint.map { ["fingerprint": .string($0)] }
          ?? "all"
        let told = try await server.client().value(
          .POST, "/hindsight/v1/holds", body: .object([.init("over", over)] + why.members))
        output.show(told, told["holdId"]?.text ?? "")
      }
    }
  }

  struct Release: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "release", abstract: "Ends a hold.")

    @Argument(help: "The hold's id, from `hindsight hold`.") var hold: UUIDv7
    @OptionGroup var why: SecretsCommand.Why
    @OptionGroup var server: ServerOptions

    func run() async throws {
      try await Failures.told {
        _ = try await server.client().value(
          .POST, "/hindsight/v1/holds/\(hold)/release",
          body: .object(why.members))
        Output.line("Released: the hold \(hold).")
      }
    }
  }
}
