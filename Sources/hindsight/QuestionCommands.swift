import ArgumentParser
import Connections
import EventStore
import Foundation
import Gateway
import OktaAPI
import Projections
import Reports

/// A point in history, as the command line takes it.
enum AsOf {
  static func point(_ text: String?, option: String) throws -> PointInHistory {
    guard let text, text != "now" else { return .now }
    if let index = Int(text), index >= 0 { return .index(index) }
    guard let instant = Instant(text) else {
      throw ValidationError("\(option) must be a time or the index of an event: \(text)")
    }
    guard instant <= CommandEnvironmentClock.now else {
      throw ValidationError("\(option) is in the future, of which nothing is known: \(text)")
    }
    return .time(instant)
  }
}

/// What `diff`, `blame` and `find` can be written as.
enum TableFormat: String, ExpressibleByArgument, CaseIterable {
  case table, json, csv
}

struct TableFormatOptions: ParsableArguments {
  @Option(help: "table for people, json for programs, csv for a sheet.")
  var format: TableFormat = .table

  /// - Parameter footer: what stands under the table, for people alone.
  func show(_ table: TextTable, _ json: @autoclosure () -> JSONValue, footer: String) throws {
    switch format {
    case .table: Output.line(table.fitted.text + "\n" + footer)
    case .json: Output.json(json())
    case .csv:
      try Output.bytes(CSV.row(table.header.map { $0.lowercased() }))
      for row in table.rows { try Output.bytes(CSV.row(row)) }
    }
  }
}

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
        from: try AsOf.point(from, option: "FROM"), to: try AsOf.point(to, option: "TO"))
      guard first.size <= last.size else { throw ValidationError("FROM is after TO.") }
      guard app == "all" || !found.isEmpty else {
        throw ValidationError("Nothing is recorded of a connection of \(app).")
      }
      var table = TextTable(header: ["APP", "FIELD", "WAS", "IS"])
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
          "from": Shown.trueAt(first), "to": Shown.trueAt(last),
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
        of: try Shown.appID(app), at: try when.point())
      guard !lines.isEmpty else {
        throw ValidationError("Nothing is recorded of a connection of \(app) at that point.")
      }
      var table = TextTable(
        header: ["FIELD", "VALUE", "EVENT", "WHEN (UTC)", "WHO", "WHY"])
      table.rows = lines.map { line in
        let context = line.event.context
        var why = [context.reason, context.ticket.map { "[\($0)]" }].compactMap(\.self)
        if line.wasAskedFor == false { why.append("not asked for") }
        return [
          line.field.rawValue, Shown.value(line.value), String(line.event.index),
          Shown.time(line.event.recordedAt), context.actor.display, why.joined(separator: " "),
        ]
      }
      try output.show(
        table,
        [
          "appId": .string(app), "asOf": Shown.trueAt(trueAt),
          "fields": .array(lines.map(NativeJSON.blame)),
        ], footer: "True after event \(Shown.point(trueAt)).")
    }
  }
}

struct FindCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "find",
    abstract: "Finds a text in reasons, tickets, actors and the names of apps.")

  @Argument(help: "The text, whatever its letter case.") var text: String
  @Option(help: "How many changes at most.") var limit = 50
  @OptionGroup var place: DataOptions
  @OptionGroup var output: TableFormatOptions

  func run() async throws {
    try await Failures.told {
      let views = try await Journals.openViews(try await place.directory())
      let found = try await views.search(
        text, limit: max(1, min(limit, 10_000)), now: CommandEnvironmentClock.now)
      var table = TextTable(
        header: ["EVENT", "WHEN (UTC)", "APP", "WHO", "WHAT", "OUTCOME", "REASON", "TICKET"])
      table.rows = found.items.map { item in
        [
          String(item.indexes.first ?? 0), Shown.time(item.recordedAt), item.appID.description,
          item.context.actor.display, item.kind.word, item.ending?.word ?? "",
          item.context.reason ?? "", item.context.ticket ?? "",
        ]
      }
      let apps = found.connections.map(\.appID.description).joined(separator: ", ")
      try output.show(
        table,
        [
          "q": .string(text), "asOf": Shown.trueAt(found.trueAt),
          "connections": .array(found.connections.map(NativeJSON.listed)),
          "items": .array(found.items.map(Shown.item)),
        ],
        footer: (apps.isEmpty ? "" : "Connections: \(apps).\n")
          + (found.next == nil ? "" : "There is more; raise --limit.\n")
          + "True after event \(Shown.point(found.trueAt)).")
    }
  }
}

enum CommandEnvironmentClock {
  static var now: Instant {
    Instant(microseconds: Int64(Date().timeIntervalSince1970 * 1_000_000))
  }
}

extension Shown {
  static func value(_ value: FieldValue) -> String {
    switch value {
    case .text(let text): text
    case .sealed(let fingerprint, let isCertain):
      String(fingerprint.prefix(8)) + (isCertain ? "" : " ?")
    case .empty: "(empty)"
    case .unknown: "(unknown)"
    case .notObserved: "(not observed)"
    }
  }
}
