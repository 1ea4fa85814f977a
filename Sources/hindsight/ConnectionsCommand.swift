import ArgumentParser
import Commands
import Connections
import Gateway
import OktaAPI
import Projections

extension Mark: ExpressibleByArgument {}

struct ConnectionsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "connections", abstract: "Lists the connections, now or at a point in the past.")

  @Option(help: "Only those with this in their label, kind or id.") var text: String?
  @Option(help: "Only those with this scheme, such as TOKEN.") var scheme: String?
  @Option(help: "Only those with this status, such as DISABLED.") var status: String?
  @Option(help: "Only those with this mark.") var mark: Mark?
  @Option(help: "Only those with the secret of this fingerprint, or of its beginning.")
  var fingerprint: String?
  @Option(
    help: .init(
      "Only those whose token was set more than so many days ago, or may have been.",
      valueName: "days"))
  var olderThan: Int?
  @Option(
    help: """
      connection, scheme, status, lastChange, tokenAge or changes; with =- before it (--sort=-…) \
      the other way round.
      """)
  var sort: String?
  @OptionGroup var place: DataOptions
  @OptionGroup var when: AsOfOptions
  @OptionGroup var output: TableFormatOptions

  func run() async throws {
    try await Failures.told {
      let views = try await Journals.openViews(try await place.directory())
      let point = try await when.point(in: views)
      let (found, total, trueAt) = try await views.list(
        try query(), at: point, now: CommandEnvironment.real.now())
      var table = TextTable(
        header: ["APP", "NAME", "STATUS", "SCHEME", "TOKEN", "VERSION", "CHANGED (UTC)", "MARKS"])
      table.rows = found.map { row in
        let snapshot = row.snapshot
        let marks = Mark.allCases.filter { row.marks.contains($0) }.map(\.rawValue)
        return [
          row.appID.description, row.summary.label?.label ?? "", snapshot.state?.status ?? "?",
          snapshot.state?.authScheme ?? "?", Shown.credential(snapshot),
          String(row.version.version), row.summary.last.map { Shown.time($0.at) } ?? "",
          marks.joined(separator: ", "),
        ]
      }
      var counted = found.count == total ? "" : "\(found.count) of \(total). "
      let open = try await point == .now ? views.openCommands().count : 0
      if open > 0 {
        counted += "\(open) without an outcome: see `hindsight doubts`. "
      }
      try output.show(
        table,
        [
          "asOf": NativeJSON.trueAt(trueAt), "connections": .array(found.map(NativeJSON.listed)),
          "matching": JSONValue(found.count), "total": JSONValue(total),
        ], footer: counted + "True after event \(Shown.point(trueAt)).")
    }
  }

  private func query() throws -> ConnectionQuery {
    var query = ConnectionQuery()
    for (option, value, words) in [
      ("--scheme", scheme, ConnectionState.Word.schemes),
      ("--status", status, ConnectionState.Word.statuses),
    ] {
      guard let value, !words.contains(value) else { continue }
      throw ValidationError(
        "\(option) is one of \(words.joined(separator: ", ")), and not \(value).")
    }
    (query.text, query.scheme, query.status, query.mark) = (text, scheme, status, mark)
    query.fingerprint = fingerprint?.lowercased()
    query.olderThanDays = olderThan
    if let sort {
      guard let found = ConnectionQuery.Sort(rawValue: String(sort.drop { $0 == "-" })) else {
        throw ValidationError("--sort is none of the orders: \(sort)")
      }
      (query.sort, query.isDescending) = (found, sort.hasPrefix("-"))
    }
    return query
  }
}
