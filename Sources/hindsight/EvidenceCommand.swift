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
      let pack = try EvidencePack(
        EvidencePack.Request(
          of: app, min(first, last)..<last, asked: (start?.description, end?.description),
          made: (LocalActor.context.actor.display, CommandEnvironment.real.now()),
          report: try await report(app, ChangesReport(from: start, to: end), directory, signed)),
        absence: absence, key: try VerificationKey(record.vkey))
      try await recordIt(directory, start, end, signed)
      try Data(pack.bytes).write(to: URL(fileURLWithPath: output))
      Output.note("\(pack.files.count) files in \(output), true after event \(signed - 1).")
    }
  }

  /// The rows of one connection, as of what is signed.
  private func report(
    _ app: AppID, _ report: ChangesReport, _ directory: String, _ size: Int
  ) async throws -> EvidencePack.Report {
    let views = try await Journals.openViews(directory)
    let table = AppRows(of: app)
    _ = try await report.write(from: views, trueAt: size) { await table.take($0) }
    return EvidencePack.Report(
      definition: ChangesReport.definition, csv: await table.bytes, rows: await table.count)
  }

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

/// The header of the report, and the rows of one connection.
private actor AppRows {
  private let app: [UInt8]
  private(set) var bytes: [UInt8] = []
  private(set) var count = -1

  init(of app: AppID) { self.app = Array(app.description.utf8) }

  /// - Parameter rows: whole ones, of RFC 4180 with CRLF.
  func take(_ rows: [UInt8]) {
    var isQuoted = false
    var start = 0
    for (place, byte) in rows.enumerated() {
      if byte == UInt8(ascii: "\"") { isQuoted.toggle() }
      guard byte == 0x0A, !isQuoted else { continue }
      let row = rows[start...place]
      start = place + 1
      // The second field; neither it nor the first one, an id, is ever quoted.
      let second = row.split(separator: UInt8(ascii: ","), maxSplits: 2).dropFirst().first
      guard count < 0 || second?.elementsEqual(app) == true else { continue }
      bytes += row
      count += 1
    }
  }
}
