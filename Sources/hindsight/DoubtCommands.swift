import ArgumentParser
import Connections
import Gateway
import NIOHTTP1
import OktaAPI
import Projections

struct DoubtsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "doubts",
    abstract: "Lists the commands that may have happened, and what to do about each.")

  @Option(help: "Only those of this app's connection.") var app: String?
  @Option(help: "Only those that are an update, activate, deactivate or verify.")
  var kind: ConnectionCommand.Kind?
  @Option(help: StandingOrder.help(.doubts)) var sort: String?
  @OptionGroup var place: DataOptions
  @OptionGroup var output: FormatOptions

  func run() async throws {
    try await Failures.told {
      let app = try app.map(Shown.appID)
      let order = try StandingOrder.checked(sort, of: .doubts)
      let views = try await Journals.openViews(try await place.directory())
      let (found, trueAt) = try await views.doubts()
      let shown = StandingList.doubts.chosen(
        from: found.map(NativeJSON.doubt),
        where: ["appId": app?.description, "kind": kind?.rawValue].compactMapValues(\.self),
        sortedBy: order)
      let open = try await views.openCommands(of: app)
      switch output.format {
      case .json:
        Output.json([
          "asOf": NativeJSON.trueAt(trueAt), "doubts": .array(shown),
          "open": .array(open.map { NativeJSON.item($0) }),
        ])
      case .table:
        open.forEach(tell)
        guard !shown.isEmpty || !open.isEmpty else {
          return Output.line("No command is in doubt.")
        }
        for doubt in shown {
          func text(_ key: String) -> String { doubt[key]?.text ?? "" }
          Output.line(
            """
            \(text("commandId"))  \(text("kind")) of \(text("appId")), since \
            \(text("since").prefix(19).replacing("T", with: " ")) UTC, by \
            \(doubt["actor"]?["display"]?.text ?? "")
              \(text("known"))
              \(text("settles"))
              \(text("whatToDo"))
            """)
        }
      }
    }
  }

  private func tell(open item: HistoryItem) {
    Output.line(
      """
      \(item.commandID.map(\.description) ?? "")  \(item.kind.word) of \(item.appID), begun \
      \(Shown.time(item.recordedAt)) UTC, by \(item.context.actor.display)
        It has no outcome yet: a server carries it out right now, or was cut, or cannot record it. \
      It may have happened.
        See that the server runs and can record: at its start it marks such a command as in doubt, \
      and asks Okta.
      """)
  }
}

/// The orders of a list of what stands now.
enum StandingOrder {
  static func help(_ list: StandingList) -> ArgumentHelp {
    """
    \(list.orders.joined(separator: ", ")); with =- before it (--sort=-…) the other way round.
    """
  }

  static func checked(_ order: String?, of list: StandingList) throws -> String? {
    guard let order, !list.orders.contains(String(order.drop { $0 == "-" })) else { return order }
    throw ValidationError(
      "--sort is one of \(list.orders.joined(separator: ", ")), and not \(order).")
  }
}

extension ConnectionCommand.Kind: ExpressibleByArgument {}

struct ResolveCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "resolve",
    abstract: "Records your word on a command that is in doubt.",
    discussion: """
      Okta is not asked and nothing is sent. The ruling stands under your token's name with its \
      reason; a later read that shows otherwise is recorded as drift. Needs a running server and \
      the role operator.
      """)

  enum Verdict: String, ExpressibleByArgument, CaseIterable {
    case applied
    case notApplied = "not-applied"
  }

  @Argument(help: "The command's id, from `hindsight doubts`.") var command: CommandID
  @Argument(help: "applied or not-applied.") var verdict: Verdict
  @Option(help: "How you know.") var reason: String
  @Option(help: "The ticket.") var ticket: String?
  @OptionGroup var server: ServerOptions
  @OptionGroup var output: FormatOptions

  func run() async throws {
    try await Failures.told {
      let client = try await server.client()
      let body: [JSONValue.Member] = [
        .init("verdict", .string(verdict == .applied ? "applied" : "notApplied")),
        .init("reason", .string(reason)),
      ]
      let more = ticket.map { [JSONValue.Member("ticket", .string($0))] } ?? []
      let result = try await client.value(
        .POST, "/hindsight/v1/commands/\(command)/resolve", body: .object(body + more))
      output.show(result, "Recorded: command \(command) is \(result["outcome"]?.text ?? "").")
    }
  }
}
