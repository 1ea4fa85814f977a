import ArgumentParser
import Connections
import EventStore
import Evidence
import Foundation
import TransparencyLog

struct LogCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "log",
    abstract: "Proves what is recorded to those who do not trust us.",
    discussion: """
      The journal is a transparency log in the formats of c2sp.org: signed checkpoints, tiles, \
      proofs. key, export, proof and absence read a data directory, beside a server or without \
      one; check needs no data directory, only the key, which the reader should have from elsewhere.
      """,
    subcommands: [Key.self, Export.self, Proof.self, Absence.self, Check.self])

  /// What is handed out holds, or is not handed out.
  static func notProved(_ why: String) -> ExitCode {
    Output.note(
      """
      Error: The journal does not prove it: \(why). Nothing was written; `hindsight verify` tells \
      what is wrong.
      """)
    return ExitCode(2)
  }

  struct Key: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "key", abstract: "Prints the public key of the log, a vkey in one line.")

    @OptionGroup var place: DataOptions

    func run() async throws {
      try await Failures.told {
        let reader = try Journals.openForReading(try await place.directory())
        guard let key = try await reader.logKey() else { throw LogExportFault.nothingSigned }
        Output.line(key.vkey)
      }
    }
  }

  struct Export: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "export",
      abstract: "Writes the log as a directory that any web server can serve.",
      discussion: """
        c2sp.org/tlog-tiles: checkpoint, tile/LEVEL/… with hashes, tile/entries/… with the events. \
        A second run into the same directory writes what is new.
        """)

    @OptionGroup var place: DataOptions
    @Option(help: "The directory to write.") var output: String

    func run() async throws {
      try await Failures.told {
        let reader = try Journals.openForReading(try await place.directory())
        let report = try await LogExport(of: reader, to: output).run()
        Output.note(
          "\(report.size) events, of which \(report.size - report.earlier) are new; "
            + "files written: \(report.files).")
        if report.unsigned > 0 {
          Output.note("Recorded and not signed yet: \(report.unsigned).")
        }
      }
    }
  }

  struct Proof: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "proof",
      abstract: "Writes the proof that an event is in the log.",
      discussion: """
        c2sp.org/tlog-proof, with the event itself beside the proof. `hindsight log check` and \
        others' tools for that format check it.
        """)

    @Argument(help: "The index or the id of the event.") var event: String
    @OptionGroup var place: DataOptions
    @Option(help: "The file to write, such as 17.tlog-proof. Default: standard output.")
    var output: String?

    func run() async throws {
      try await Failures.told {
        let reader = try Journals.openForReading(try await place.directory())
        let proof = try await ProofMaker(of: reader).proof(of: try await index(reader))
        guard let record = try await reader.logKey() else { throw LogExportFault.nothingSigned }
        let policy = TrustPolicy(log: try VerificationKey(record.vkey))
        do throws(LogProofFault) { _ = try proof.check(entry: proof.extra ?? [], policy) } catch {
          throw LogCommand.notProved("\(error)")
        }
        guard let output else { return try Output.bytes(proof.bytes) }
        try Data(proof.bytes).write(to: URL(fileURLWithPath: output))
      }
    }

    private func index(_ reader: SQLiteJournalReader) async throws -> Int {
      if let index = Decimal.number(event.utf8) { return index }
      guard let id = EventID(event) else {
        throw ValidationError("This is neither the index nor the id of an event: \(event)")
      }
      guard let index = try await reader.index(of: id) else {
        throw ValidationError("There is no event \(event).")
      }
      return index
    }
  }

  struct Check: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "check",
      abstract: "Checks proofs, checkpoints and exports, offline.",
      discussion: """
        Tells what each file is: a .tlog-proof, a proof of absence, a checkpoint, an evidence \
        pack, a directory of an export. Of several it also checks that they do not contradict each \
        other. Exit code 0 only when all is well, 2 when something is wrong.
        """)

    @Argument(help: "Files and directories.") var files: [String]
    @Option(help: .init("The public key of the log, from `hindsight log key`.", valueName: "vkey"))
    var key: String?
    @Option(
      help: "A c2sp.org/tlog-policy file: which logs, and which witnesses must have cosigned.")
    var policy: String?
    @Option(help: "A file with the event that a proof is about, byte for byte.")
    var event: String?

    func run() async throws {
      try await Failures.told { try check() }
    }

    private func check() throws {
      let check = LogCheck(try trust(), EvidenceCommand.report)
      let entry = try event.map { path in
        guard let bytes = FileManager.default.contents(atPath: path) else {
          throw ValidationError("The file \(path) of --event cannot be read.")
        }
        return Array(bytes)
      }
      let verdicts = files.map { check.verdict(on: $0, entry: entry) }
      for (file, verdict) in zip(files, verdicts) {
        Output.line("\(file): \(verdict.isSound ? "sound" : "WRONG")")
        for finding in verdict.findings { Output.line("  " + finding) }
      }
      let contradictions = LogCheck.contradictions(in: verdicts)
      for sentence in contradictions { Output.line("WRONG: " + sentence) }
      for sentence in LogCheck.uncompared(in: verdicts) { Output.line("not checked: " + sentence) }
      guard verdicts.allSatisfy(\.isSound), contradictions.isEmpty else { throw ExitCode(2) }
    }

    private func trust() throws -> TrustPolicy {
      let log = try key.map { text in
        do throws(VerificationKeyFault) { return try VerificationKey(text) } catch {
          throw ValidationError("--key: \(error).")
        }
      }
      guard let policy else {
        guard let log else {
          throw ValidationError("Name the log's key with --key, or a --policy.")
        }
        return TrustPolicy(log: log)
      }
      guard let bytes = FileManager.default.contents(atPath: policy) else {
        throw ValidationError("The policy \(policy) cannot be read.")
      }
      let read: TrustPolicy
      do throws(TrustPolicyFault) { read = try TrustPolicy(parsing: Array(bytes)) } catch {
        throw ValidationError("--policy: \(error).")
      }
      guard let log else { return read }
      guard read.logs.isEmpty || read.logs.contains(log) else {
        throw ValidationError("The policy \(policy) names another log than --key.")
      }
      return read.believing(log)
    }
  }
}
