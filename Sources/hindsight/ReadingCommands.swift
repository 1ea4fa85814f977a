import ArgumentParser
import Connections
import EventStore
import OktaAPI
import Projections

/// `--as-of`, as an index or a time.
struct AsOfOptions: ParsableArguments {
  @Option(
    help: "A time (2026-11-23T07:52:00Z) or the index of an event; the present when it is absent.")
  var asOf: String?

  func point() throws -> PointInHistory { try AsOf.point(asOf, option: "--as-of") }
}

struct HistoryCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "history",
    abstract: "Draws what happened to one connection as a timeline, the oldest first.")

  @Argument(help: "The app's id.") var app: String
  @OptionGroup var place: DataOptions
  @OptionGroup var output: FormatOptions

  func run() async throws {
    try await Failures.told {
      let views = try await Journals.openViews(try await place.directory())
      let (items, _) = try await views.history(of: try Shown.appID(app))
      guard !items.isEmpty else {
        throw ValidationError("Nothing is recorded of a connection of \(app).")
      }
      switch output.format {
      case .json:
        Output.json(["appId": .string(app), "items": .array(items.map(Shown.item))])
      case .table: Output.line(TimelineText.forOutput(items).text)
      }
    }
  }
}

struct ShowCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show",
    abstract: "Shows one connection at a point, or one command with its events.")

  @Argument(help: "The app's id, or the id of a command.") var subject: String
  @OptionGroup var place: DataOptions
  @OptionGroup var when: AsOfOptions
  @OptionGroup var output: FormatOptions

  func run() async throws {
    try await Failures.told {
      let views = try await Journals.openViews(try await place.directory())
      if let command = CommandID(subject) {
        let events = try await views.events(of: command)
        guard !events.isEmpty else {
          throw ValidationError("No command \(command) is recorded.")
        }
        switch output.format {
        case .json: Output.json(.array(events.map(Shown.event)))
        case .table:
          Output.line(Shown.history(HistoryItem.collect(events)))
          for event in events {
            Output.line(String(decoding: event.canonicalBytes, as: UTF8.self))
          }
        }
        return
      }
      let (found, trueAt) = try await views.connection(
        try Shown.appID(subject), at: try when.point())
      guard let found else {
        throw ValidationError("Nothing is recorded of a connection of \(subject) at that point.")
      }
      switch output.format {
      case .json: Output.json(Shown.connection(found))
      case .table: Output.line(Shown.details(found, trueAt))
      }
    }
  }
}
