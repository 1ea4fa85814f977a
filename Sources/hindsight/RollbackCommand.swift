import ArgumentParser
import Connections
import Gateway
import NIOHTTP1
import OktaAPI

struct RollbackCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rollback",
    abstract: "Takes one connection, or all, back to an earlier point of the history.",
    discussion: """
      hindsight rollback APP --to X                          shows the plan
      hindsight rollback APP --to X --reason WHY --yes       carries it out
      hindsight rollback --all --to TIME                     all connections
      hindsight rollback --all --actor WHO --from TIME       what somebody did
      hindsight rollback begin --help                        all options

      Needs a running server and the role operator; looking at a plan needs the role reviewer. \
      Exit code 0 when it is completed or waits for a person's consent, 2 when it stopped.
      """,
    subcommands: [Begin.self, List.self, Show.self, Resume.self, Abandon.self],
    defaultSubcommand: Begin.self)

  /// It stopped short of its target; what it did and did not is printed.
  static let stopped = ExitCode(2)

  struct Begin: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "begin",
      abstract: "Shows the plan, and carries it out with --yes. The default.",
      discussion: """
        The plan's digest is named when it is carried out: if a connection has moved since, \
        nothing is sent to Okta for it.
        """)

    @Argument(help: "The app's id.") var app: String?
    @Flag(help: "All connections, in place of one.") var all = false

    @Option(
      help: """
        previous, a version from `hindsight history`, an event's id, before:COMMAND, or a time. \
        With --all a time; with --actor the end of the span.
        """)
    var to: String?

    @Option(help: "With --all: undo what this actor did, by token name or id, from --from to --to.")
    var actor: String?
    @Option(help: "With --actor: the beginning of the span.") var from: String?
    @Option(help: "With --all: undo what bears this correlation id, such as a rollback's own.")
    var correlation: CommandID?

    @Option(help: "Why; recorded with each step.") var reason: String?
    @Option(help: "The ticket; recorded with each step.") var ticket: String?
    @Flag(help: "Carry the plan out.") var yes = false
    @OptionGroup var server: ServerOptions
    @OptionGroup var output: FormatOptions

    func validate() throws {
      switch (app, all) {
      case (nil, false): throw ValidationError("Name an app, or all with --all.")
      case (_?, true): throw ValidationError("Name either an app or --all.")
      case (_?, false) where to == nil: throw ValidationError("Say where to with --to.")
      case (_?, false) where target == nil:
        throw ValidationError(
          """
          --to is a version (3), a time (2026-11-23T14:03:00Z), an event's id, before:COMMAND or \
          previous, and none of them is \(to ?? "").
          """)
      case (_?, false) where actor != nil || from != nil || correlation != nil:
        throw ValidationError("--actor, --from and --correlation go with --all.")
      case (nil, true) where actor == nil && correlation == nil && to == nil:
        throw ValidationError(
          "Say which changes: --to TIME, --actor with --from, or --correlation.")
      case (nil, true) where [to, from].contains(where: { $0.map { Instant($0) == nil } ?? false }):
        throw ValidationError("With --all, --to and --from are times (2026-11-23T14:03:00Z).")
      case (nil, true) where actor != nil && from == nil:
        throw ValidationError("--actor needs --from, the beginning of the span.")
      default: break
      }
    }

    func run() async throws {
      try await Failures.told {
        let client = try await server.client()
        if let app {
          let path = "/hindsight/v1/connections/\(ServerClient.segment(app))/rollback"
          try await carryOut(client, path, [.init("to", target ?? .null)], RollbackText.plan)
        } else {
          try await carryOut(client, "/hindsight/v1/rollbacks", selection, RollbackText.plans)
        }
      }
    }

    private func carryOut(
      _ client: ServerClient, _ path: String, _ asked: [JSONValue.Member],
      _ text: (JSONValue) -> String
    ) async throws {
      let plan: JSONValue
      do { plan = try await client.value(.POST, path + "/preview", body: .object(asked)) } catch {
        // What was to be carried out and cannot be is an attempt, and the server records it.
        if yes { _ = try await client.value(.POST, path, body: .object(asked + why)) }
        throw error
      }
      if output.format == .table { Output.line(text(plan)) }
      guard yes else {
        let isEmpty = (plan["connections"] ?? plan["steps"])?.elements?.isEmpty ?? true
        let isBarred =
          plan["risks"]?.elements?.contains {
            $0["code"]?.text == NativeJSON.noCredentialCode
          } ?? false
        return output.show(
          plan,
          isEmpty || isBarred ? "Nothing was sent." : "Nothing was sent. Carry it out with --yes.")
      }
      let body = asked + why + [.init("digest", plan["digest"] ?? .null)]
      let begun = try await client.value(
        .POST, path, body: .object(body), headers: [("Prefer", "respond-async")])
      try RollbackText.tell(
        try await RollbackProgress.follow(begun, client, output.format), output)
    }

    private var why: [JSONValue.Member] {
      [("reason", reason), ("ticket", ticket)].compactMap { name, text in
        text.map { .init(name, .string($0)) }
      }
    }

    /// What `to` names; `nil` for what names nothing.
    private var target: JSONValue? {
      guard let to, to != "previous" else { return "previous" }
      if let version = Int(to) { return version > 0 ? ["version": JSONValue(version)] : nil }
      if to.hasPrefix("before:") {
        return UUIDv7(String(to.dropFirst(7))).map { ["beforeCommand": .string($0.description)] }
      }
      if let instant = Instant(to) { return ["asOf": .string(instant.description)] }
      return UUIDv7(to).map { ["event": .string($0.description)] }
    }

    private var selection: [JSONValue.Member] {
      if let correlation { return [.init("correlationId", .string(correlation.description))] }
      guard let actor, let from else { return [.init("asOf", .string(to ?? ""))] }
      return [.init("actor", .string(actor)), .init("from", .string(from))]
        + (to.map { [.init("to", .string($0))] } ?? [])
    }
  }

  /// What one that was begun takes.
  struct Which: ParsableArguments {
    @Argument(help: "The rollback's id.") var id: CommandID
    @OptionGroup var server: ServerOptions
    @OptionGroup var output: FormatOptions

    func path(_ action: String = "") -> String {
      "/hindsight/v1/rollbacks/\(id)" + action
    }
  }

  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "list", abstract: "Lists the rollbacks that have not ended.")

    @Option(help: "Only those of this app's connection.") var app: String?
    @Option(help: "Only those that stand so, such as stopped or running.") var outcome: String?
    @Option(help: StandingOrder.help(.rollbacks)) var sort: String?
    @OptionGroup var server: ServerOptions
    @OptionGroup var output: FormatOptions

    func run() async throws {
      try await Failures.told {
        let told = try await server.client().list(
          "rollbacks", ["appId": app, "outcome": outcome, "sort": sort])
        output.show(told, RollbackText.list(told))
      }
    }
  }

  struct Show: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "show", abstract: "Shows how far a rollback has come.")

    @OptionGroup var which: Which

    func run() async throws {
      try await Failures.told {
        let told = try await which.server.client().value(.GET, which.path())
        which.output.show(told, RollbackText.outcome(told))
      }
    }
  }

  struct Resume: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "resume",
      abstract: "Goes on with a rollback that stopped.",
      discussion: """
        What is left is planned anew from where the connection is. A step that may have happened \
        is sent again: your reason is recorded as the decision to do so.
        """)

    @OptionGroup var which: Which
    @Option(help: "Why; recorded.") var reason: String

    func run() async throws {
      try await Failures.told {
        let client = try await which.server.client()
        let begun = try await client.value(
          .POST, which.path("/resume"), body: ["reason": .string(reason)],
          headers: [("Prefer", "respond-async")])
        try RollbackText.tell(
          try await RollbackProgress.follow(begun, client, which.output.format), which.output)
      }
    }
  }

  struct Abandon: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "abandon",
      abstract:
        "Gives a rollback up where it stands. Nothing is sent; the connection stays as it is.")

    @OptionGroup var which: Which
    @Option(help: "Why; recorded.") var reason: String

    func run() async throws {
      try await Failures.told {
        let told = try await which.server.client().value(
          .POST, which.path("/abandon"), body: ["reason": .string(reason)])
        which.output.show(told, RollbackText.outcome(told))
      }
    }
  }
}
