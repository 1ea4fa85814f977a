import ArgumentParser
import Commands
import Connections
import Gateway
import OktaAPI
import Projections

struct DiffCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "diff", abstract: "Shows what differs between two points.",
    discussion: "Each point is a time, the index of an event, or now; `all` compares them all.")

  @Argument(help: "The app's id, or all.") var app: String
  @Argument(help: "The earlier point.") var from: String
  @Argument(help: "The later point.") var to = "now"
  @OptionGroup var place: DataOptions
  @OptionGroup var output: TableFormatOptions

  func run() async throws {
    try await Failures.told {
      let views = try await Journals.openViews(try await place.directory())
      let (found, first, last) = try await views.difference(
        of: app == "all" ? nil : try Shown.appID(app),
        from: try await AsOf.point(from, option: "FROM", in: views),
        to: try await AsOf.point(to, option: "TO", in: views))
      guard first.size <= last.size else { throw ValidationError("FROM is after TO.") }
      guard app == "all" || !found.isEmpty else {
        throw ValidationError("Nothing is recorded of a connection of \(app).")
      }
      var table = TextTable(header: ["CONNECTION", "FIELD", "WAS", "IS"])
      table.rows = found.flatMap { difference in
        difference.moved.map { field in
          [
            difference.label?.label ?? difference.appID.description, field.field.rawValue,
            Shown.value(field.was), Shown.value(field.isNow),
          ]
        }
      }
      try output.show(
        table,
        [
          "from": NativeJSON.trueAt(first), "to": NativeJSON.trueAt(last),
          "connections": .array(found.map(NativeJSON.difference)),
        ],
        footer: table.rows.isEmpty
          ? "Nothing differs between events \(first.size - 1) and \(last.size - 1)."
          : "Between events \(first.size - 1) and \(last.size - 1).")
    }
  }
}

struct BlameCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "blame",
    abstract: "Tells for each field of a connection which event set it, who, when and why.")

  @Argument(help: "The app's id.") var app: String
  @OptionGroup var place: DataOptions
  @OptionGroup var when: AsOfOptions
  @OptionGroup var output: TableFormatOptions

  func run() async throws {
    try await Failures.told {
      let views = try await Journals.openViews(try await place.directory())
      let (lines, trueAt) = try await views.blame(
        of: try Shown.appID(app), at: try await when.point(in: views))
      guard !lines.isEmpty else {
        throw ValidationError("Nothing is recorded of a connection of \(app) at that point.")
      }
      var table = TextTable(
        header: ["FIELD", "VALUE", "EVENT", "WHEN (UTC)", "WHO", "WHY"])
      table.rows = lines.map { line in
        [
          line.field.rawValue, Shown.value(line.value), String(line.event.index),
          Shown.time(line.event.recordedAt), line.who, line.why().joined(separator: ", "),
        ]
      }
      try output.show(
        table,
        [
          "appId": .string(app), "asOf": NativeJSON.trueAt(trueAt),
          "fields": .array(lines.map(NativeJSON.blame)),
        ], footer: "True after event \(Shown.point(trueAt)).")
    }
  }
}

extension ChangeQuery.Outcome: ExpressibleByArgument {}

struct ChangesCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "changes", abstract: "Tells who changed what in a period.")

  @OptionGroup var period: PeriodOptions
  @Option(help: "Only what this actor did, by token name or id.") var actor: String?
  @Option(help: "Only changes of this app's connection.") var app: String?
  @Option(help: "Only those that ended so.") var outcome: ChangeQuery.Outcome?
  @OptionGroup var page: PageOptions
  @OptionGroup var place: DataOptions
  @OptionGroup var output: TableFormatOptions

  func run() async throws {
    try await Failures.told {
      var query = ChangeQuery()
      (query.from, query.to) = try period.period()
      (query.actor, query.outcome) = (actor, outcome)
      query.appID = try app.map(Shown.appID)
      query.isNewestFirst = page.isNewestFirst ?? false
      let views = try await Journals.openViews(try await place.directory())
      let cursor = try page.cursor(of: query.question)
      var size = cursor?.size ?? 0
      if cursor == nil { size = try await views.size() }
      let found = try await views.changes(
        query, from: cursor?.position, size: size, limit: page.most(in: output.format))
      let next = page.next(found.next, size: size, of: query.question)
      let labels = try await views.labels(below: size)
      try output.show(
        Shown.changes(found.items),
        [
          "asOf": ["index": JSONValue(size == 0 ? nil : size - 1)],
          "items": .array(found.items.map { NativeJSON.item($0, labels) }),
          "nextCursor": JSONValue(next),
        ], footer: page.footer(next, in: output.format) + "True after event \(size - 1).")
    }
  }
}

struct FindCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "find",
    abstract: "Finds a text in reasons, tickets, actors and the names of apps.")

  @Argument(help: "The text, whatever its letter case.") var text: String
  @OptionGroup var page: PageOptions
  @OptionGroup var place: DataOptions
  @OptionGroup var output: TableFormatOptions

  func run() async throws {
    try await Failures.told {
      guard !text.isEmpty else { throw ValidationError("The text to find is empty.") }
      let views = try await Journals.openViews(try await place.directory())
      let isNewestFirst = page.isNewestFirst ?? true
      let question = SearchResult.question(text, isNewestFirst: isNewestFirst)
      let cursor = try page.cursor(of: question)
      let found = try await views.search(
        text, from: cursor?.position, isNewestFirst: isNewestFirst, size: cursor?.size,
        limit: page.most(in: output.format), now: CommandEnvironment.real.now())
      let next = page.next(found.next, size: found.trueAt.size, of: question)
      let apps = found.connections.map(\.appID.description).joined(separator: ", ")
      let labels = try await views.labels(below: found.trueAt.size)
      try output.show(
        Shown.changes(found.items),
        [
          "q": .string(text), "asOf": NativeJSON.trueAt(found.trueAt),
          "connections": .array(found.connections.map(NativeJSON.listed)),
          "items": .array(found.items.map { NativeJSON.item($0, labels) }),
          "nextCursor": JSONValue(next),
        ],
        footer: (apps.isEmpty ? "" : "Connections: \(apps).\n")
          + page.footer(next, in: output.format)
          + "True after event \(Shown.point(found.trueAt)).")
    }
  }
}
