import ArgumentParser
import Commands
import Connections
import EventStore
import Evidence
import Foundation
import Projections
import Reports
import TransparencyLog

struct EvidenceCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "evidence",
    abstract: "Packs what happened to a connection, with all that is needed to check it.",
    discussion: """
      A ZIP archive: the events, the report, a manifest, proofs that the events are in the log and \
      that there are no others, the signed checkpoint, the log's key, and a page that shows and \
      checks all that in a browser. `hindsight log check` checks it as well. Making it is recorded \
      where no server runs on the directory.
      """)

  @Option(help: "The app's id.") var app: String
  @OptionGroup var period: PeriodOptions
  @Option(help: "The file to write.") var output: String
  @OptionGroup var place: DataOptions

  func run() async throws {
    try await Failures.told {
      let directory = try await place.directory()
      let app = try Shown.appID(app)
      let (start, end) = try period.period()
      // What is to come is proved by nothing.
      if let end { try AsOf.mustHaveCome(end, "--to", period.to ?? "") }
      let reader = try Journals.openForReading(directory)
      guard try await reader.version(of: .connection(app)) > 0 else {
        throw ValidationError(
          "Nothing is recorded of a connection of \(app). Nothing was written.")
      }
      guard let record = try await reader.logKey(),
        let signed = try await reader.lastCheckpoint()?.size
      else { throw LogExportFault.nothingSigned }
      let first = try await index(of: start, reader) ?? 0
      let last = min(try await index(of: end, reader) ?? signed, signed)
      let absence = try await ProofMaker(of: reader).absence(
        of: app, from: min(first, last), to: last)
      try await LogCommand.Absence.check(absence, reader)
      let label = try await Journals.openViews(directory).labels(below: last)[app]?.label
      let pack = try EvidencePack(
        EvidencePack.Request(
          of: app, min(first, last)..<last, asked: (start?.description, end?.description),
          made: (LocalActor.context.actor.display, CommandEnvironment.real.now()), label: label),
        absence: absence, key: try VerificationKey(record.vkey), report: Self.report)
      try await recordIt(directory, start, end, signed)
      try Data(pack.bytes).write(to: URL(fileURLWithPath: output))
      Output.note("\(pack.files.count) files in \(output), true after event \(signed - 1).")
    }
  }

  /// `changes`, of what a pack holds.
  static let report = PackedReport(
    ChangesReport.definition, header: ChangesReport.header
  ) { ChangesReport.rows(of: $0, label: $1) }

  private func recordIt(
    _ directory: String, _ from: Instant?, _ to: Instant?, _ size: Int
  ) async throws {
    do {
      let journal = try Journals.openForWriting(directory)
      let registry = try await AccessRegistry(
        writer: journal.writer, reader: journal.reader, environment: .real)
      try await registry.recordExport(
        Export(
          definition: EvidencePack.format, from: from?.description, to: to?.description,
          trueAtSize: size), context: LocalActor.context)
    } catch JournalOpenFault.inUse {
      Output.note("A server runs on this directory: this pack is not recorded in the journal.")
    }
  }

  /// The index of the first event at or after a moment.
  private func index(of instant: Instant?, _ reader: SQLiteJournalReader) async throws -> Int? {
    guard let instant else { return nil }
    return try await reader.size(asOf: Instant(microseconds: instant.microseconds - 1))
  }
}
