import ArgumentParser
import EventStore
import OktaAPI
import Projections
import TransparencyLog

struct VerifyCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify",
    abstract: "Checks the whole journal and names what is wrong.",
    discussion: """
      Re-hashes every event, checks index, streams, columns against bytes, tiles, roots and \
      sealed secrets. Exit code 0 only when all is well. Can run beside a server.
      """)

  @OptionGroup var place: DataOptions
  @OptionGroup var output: FormatOptions

  func run() async throws {
    try await Failures.told {
      let directory = try await place.directory()
      let reader = try Journals.openForReading(directory)
      let report = try await JournalVerifier(reader).verify()
      switch output.format {
      case .json:
        Output.json([
          "sound": .boolean(report.isSound), "events": JSONValue(report.size),
          "root": .string(report.root.description),
          "findings": .array(
            report.findings.map { ["index": JSONValue($0.index), "problem": .string($0.problem)] }),
        ])
      case .table:
        for finding in report.findings {
          Output.line((finding.index.map { "event \($0)" } ?? "journal") + ": " + finding.problem)
        }
        Output.line(
          report.isSound
            ? "\(report.size) events, all sound. Root \(report.root)"
            : "\(report.findings.count) things are wrong in \(report.size) events.")
      }
      guard report.isSound else { throw ExitCode(2) }
    }
  }
}

struct RebuildCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rebuild",
    abstract: "Deletes the projections and builds them anew from the journal.",
    discussion: "Stop the server first: it would go on with the deleted file.")

  @OptionGroup var place: DataOptions

  func run() async throws {
    try await Failures.told {
      let directory = try await place.directory()
      let journal = try Journals.openForWriting(directory)
      ConnectionViews.delete(directory: directory)
      let views = try await ConnectionViews(
        directory: directory, journal: journal.reader, journalID: journal.identity.id)
      let size = try await views.catchUp()
      switch output.format {
      case .json: Output.json(["events": JSONValue(size)])
      case .table: Output.line("Rebuilt from \(size) events.")
      }
    }
  }
}
