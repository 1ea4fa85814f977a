import ArgumentParser
import Connections
import EventStore
import Gateway
import OktaAPI
import Projections

struct HistoryCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "history",
    abstract: "Draws what happened to one connection as a timeline, the oldest first.")

  @Argument(help: "The app's id.") var app: String
  @OptionGroup var place: DataOptions
  @OptionGroup var output: TableFormatOptions

  func run() async throws {
    try await Failures.told {
      let views = try await Journals.openViews(try await place.directory())
      let (items, trueAt) = try await views.history(of: try Shown.appID(app))
      guard !items.isEmpty else {
        throw ValidationError("Nothing is recorded of a connection of \(app).")
      }
      guard output.format != .table else {
        Output.styled(TimelineText.forOutput(items).text)
        return Output.line("Times are UTC. True after event \(Shown.point(trueAt)).")
      }
      try output.show(
        Shown.history(items),
        ["appId": .string(app), "items": .array(items.map { NativeJSON.item($0) })])
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
          Output.line(Shown.history(HistoryItem.collect(events)).fitted.text)
          Output.line(Shown.events(events).fitted.text + "As they are recorded: --format json")
        }
        return
      }
      let (found, trueAt) = try await views.connection(
        try Shown.appID(subject), at: try await when.point(in: views))
      guard let found else {
        throw ValidationError("Nothing is recorded of a connection of \(subject) at that point.")
      }
      let open = try await views.openCommands(of: found.appID, below: trueAt.size)
      var text = Shown.details(found, trueAt)
      if !open.isEmpty {
        text += "\nA command of it has no outcome and may have happened: see `hindsight doubts`."
      }
      output.show(.object(NativeJSON.connection(found, open: open)), text)
    }
  }
}
