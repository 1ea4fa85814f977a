import ArgumentParser
import Commands
import Connections
import EventStore
import Foundation
import Projections
import Reports
import TransparencyLog

extension ReportName: ExpressibleByArgument {}

struct ReportCommand: AsyncParsableCommand {
  /// In which form, by the words of the command line.
  enum Format: String, ExpressibleByArgument, CaseIterable {
    case csv, jsonl, manifest, ocsf, cloudevents

    var written: ReportFormat? {
      switch self {
      case .csv: .csv
      case .jsonl: .jsonl
      case .ocsf: .ocsf
      case .cloudevents: .cloudEvents
      case .manifest: nil
      }
    }
  }

  static let configuration = CommandConfiguration(
    commandName: "report", abstract: "Writes a report.",
    discussion: """
      changes: every command; current-state and state-as-of: each connection; credential-ages; \
      doubts; rollbacks; access: who looked, exported, administered; coverage: when nobody was \
      watching; drift: what changed past Hindsight; sample: a reproducible random sample of changes.

      Making a report is itself recorded. While a server runs on the same data directory the \
      report can be made, but only the server can record it: take it from \
      /hindsight/v1/reports/ or from the console then.
      """)

  @Argument(help: "Which report.") var name: ReportName
  @OptionGroup var period: PeriodOptions
  @Option(help: "True at this time or index instead of now; state-as-of needs it.")
  var asOf: String?
  @Option(name: .customShort("n"), help: "How many changes a sample has.") var count: Int?
  @Option(help: "The seed of a sample.") var seed: UInt64?
  @Option(help: "csv, jsonl or manifest; for changes also ocsf or cloudevents.")
  var format: Format = .csv
  @Option(help: "The file to write; standard output when it is absent.") var output: String?
  @OptionGroup var place: DataOptions

  func run() async throws {
    try await Failures.told {
      let directory = try await place.directory()
      let views = try await Journals.openViews(directory)
      let report = try await report(views)
      if let written = format.written, !written.isOffered(for: name) {
        throw ValidationError("Only changes are made as \(format.rawValue).")
      }
      try await record(report, directory)
      let handle = try Self.open(output)
      var rows: Int?
      if let written = format.written {
        rows = try await report.write(written, from: views) { try handle.write(contentsOf: $0) }
      } else {
        let root = try await Journals.openForReading(directory).root(ofFirst: report.size)
        try handle.write(
          contentsOf: try await report.manifest(
            from: views, root: root?.description, madeBy: LocalActor.context.actor))
      }
      if output != nil { try handle.close() }
      let counted = rows.map { "\($0) rows, " } ?? ""
      let again = report.parameters.filter { ["asOf", "seed"].contains($0.name) }
        .map { "--\($0.name == "asOf" ? "as-of" : $0.name) \($0.value)" }
      Output.note(
        """
        \(counted)true after event \(report.size - 1); the same again with \
        \(again.joined(separator: " "))
        """)
    }
  }

  private func report(_ views: ConnectionViews) async throws -> Report {
    let end = try await views.size()
    var report = Report(name, trueAt: end, madeAt: CommandEnvironment.real.now())
    let allowed = report.definition.parameters
    for (parameter, isGiven) in [
      (ReportParameter.from, period.from != nil), (.to, period.to != nil), (.asOf, asOf != nil),
      (.n, count != nil), (.seed, seed != nil),
    ] where isGiven && !allowed.contains(parameter) {
      throw ValidationError("The report \(name.rawValue) takes no \(parameter.rawValue).")
    }
    (report.from, report.to) = try period.period()
    guard asOf != nil || name != .stateAsOf else {
      throw ValidationError("state-as-of takes --as-of.")
    }
    try await report.move(
      to: try await AsOf.point(asOf, option: "--as-of", in: views), in: views)
    if let count {
      guard (1...100_000).contains(count) else {
        throw ValidationError("-n must be from 1 to 100000.")
      }
      report.count = count
    }
    if let seed { report.seed = seed }
    return report
  }

  private func record(_ report: Report, _ directory: String) async throws {
    do {
      let journal = try Journals.openForWriting(directory)
      let registry = try await AccessRegistry(
        writer: journal.writer, reader: journal.reader, environment: .real)
      try await registry.recordExport(report.export, context: LocalActor.context)
    } catch JournalOpenFault.inUse {
      Output.note("A server runs on this directory: this report is not recorded in the journal.")
    }
  }

  private static func open(_ path: String?) throws -> FileHandle {
    guard let path else { return .standardOutput }
    guard FileManager.default.createFile(atPath: path, contents: nil),
      let handle = FileHandle(forWritingAtPath: path)
    else { throw ValidationError("\(path) cannot be written.") }
    return handle
  }
}

/// Whoever sits at this machine.
enum LocalActor {
  static var context: EventContext {
    let user = ProcessInfo.processInfo.userName
    return EventContext(
      actor: ActorIdentity(kind: .local, id: user, display: "\(user) at the command line"))
  }
}
