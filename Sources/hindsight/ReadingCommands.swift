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

  func point() throws -> PointInHistory {
    guard let asOf else { return .now }
    if let index = Int(asOf), index >= 0 { return .index(index) }
    guard let instant = Instant(asOf) else {
      throw ValidationError("--as-of must be a time or the index of an event: \(asOf)")
    }
    return .time(instant)
  }
}

struct ConnectionsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "connections", abstract: "Lists the connections, now or at a point in the past.")

  @OptionGroup var place: DataOptions
  @OptionGroup var when: AsOfOptions
  @OptionGroup var output: FormatOptions

  func run() async throws {
    try await Failures.told {
      let views = try await Journals.openViews(try await place.directory())
      let (found, trueAt) = try await views.connections(at: try when.point())
      switch output.format {
      case .json:
        Output.json([
          "asOf": Shown.trueAt(trueAt), "connections": .array(found.map(Shown.connection)),
        ])
      case .table:
        var table = TextTable(
          header: ["APP", "STATUS", "SCHEME", "TOKEN", "VERSION", "CHANGED (UTC)", "MARKS"])
        table.rows = found.map { version in
          let snapshot = version.snapshot
          return [
            version.appID.description, snapshot.state?.status ?? "?",
            snapshot.state?.authScheme ?? "?", Shown.credential(snapshot),
            String(version.version), Shown.time(version.recordedAt), Shown.marks(snapshot),
          ]
        }
        Output.line(table.text + "\nTrue after event \(Shown.point(trueAt)).")
      }
    }
  }
}

struct HistoryCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "history", abstract: "Tells what happened to one connection, the oldest first.")

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
      case .table: Output.line(Shown.history(items))
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
