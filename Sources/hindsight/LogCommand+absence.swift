import ArgumentParser
import Connections
import EventStore
import Evidence
import Foundation
import TransparencyLog

extension LogCommand {
  struct Absence: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "absence",
      abstract: "Writes the proof that nothing else happened to a connection.",
      discussion: """
        Between two points of the log, by the chain of each event to the one before it. Where no \
        later event of the connection closes the gap, the proof holds the entries up to the end, \
        those of other connections among them, and says so. `hindsight log check` checks it.
        """)

    @Argument(help: "The app's id.") var app: String
    @Option(help: "From this index or time on. Default: the beginning.") var from: String?
    @Option(help: "Before this index or time. Default: the end of what is signed.") var to: String?
    @OptionGroup var place: DataOptions
    @Option(help: "The file to write. Default: standard output.") var output: String?

    func run() async throws {
      try await Failures.told {
        let reader = try Journals.openForReading(try await place.directory())
        let proof = try await ProofMaker(of: reader).absence(
          of: try Shown.appID(app), from: try await index(from, "--from", reader) ?? 0,
          to: try await index(to, "--to", reader))
        try await Self.check(proof, reader)
        if try await reader.version(of: .connection(proof.appID)) == 0 {
          Output.note("Nothing at all is recorded of a connection of \(proof.appID).")
        }
        guard let output else { return try Output.bytes(proof.bytes) }
        try Data(proof.bytes).write(to: URL(fileURLWithPath: output))
      }
    }

    /// Says also of how many others it tells.
    static func check(_ proof: AbsenceProof, _ reader: SQLiteJournalReader) async throws {
      guard let record = try await reader.logKey() else { throw LogExportFault.nothingSigned }
      let policy = TrustPolicy(log: try VerificationKey(record.vkey))
      do throws(AbsenceFault) { _ = try proof.check(policy) } catch {
        throw LogCommand.notProved("\(error)")
      }
      if let others = proof.tail?.entries.count, others > 0 {
        Output.note(
          """
          Nothing later of this connection closes the gap: the proof holds what was recorded of \
          others (\(others)), with all that it tells.
          """)
      }
    }

    /// Of a time: the index of the first event at or after it.
    private func index(
      _ text: String?, _ option: String, _ reader: SQLiteJournalReader
    ) async throws -> Int? {
      guard let text else { return nil }
      if let index = Decimal.number(text.utf8) { return index }
      guard let instant = Instant(text) else {
        throw ValidationError("\(option) must be the index of an event or a time: \(text)")
      }
      try AsOf.mustHaveCome(instant, option, text)
      return try await reader.size(asOf: Instant(microseconds: instant.microseconds - 1))
    }
  }
}
