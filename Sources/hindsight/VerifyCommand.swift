import ArgumentParser
import Commands
import Connections
import EventStore
import Foundation
import Notary
import OktaAPI
import Projections
import TransparencyLog
import Vault

struct VerifyCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify",
    abstract: "Checks the whole journal and names what is wrong.",
    discussion: """
      Re-hashes every event; checks index, streams, columns against bytes, tiles, roots, every \
      signed checkpoint, sealed secrets and wrapped keys, the schema, the structure of the file, \
      and the views against a rebuild. Exit code 0 only when all is well, 2 when something is \
      wrong. Can run beside a server.
      """)

  @OptionGroup var place: DataOptions
  @OptionGroup var master: MasterKeyOptions
  @Flag(help: "Checks the rows of the journal alone: not the file's structure, and no views.")
  var rowsOnly = false
  @OptionGroup var output: FormatOptions

  func run() async throws {
    try await Failures.told {
      let settings = try await Settings(
        options: [
          "data": place.data, "masterKeyFile": master.masterKeyFile,
          "masterKeyCommand": master.masterKeyCommand,
        ], file: place.config)
      let directory = settings.string("data", default: DataOptions.defaultDirectory)
      guard let (reader, identity) = try open(directory) else { throw ExitCode(2) }
      var keys: WrappedKeys?
      var trouble: MasterKeyFault?
      if let identity {
        (keys, trouble) = try await self.keys(
          try MasterKeySource(settings, directory: directory), reader, identity.id.description)
      }
      let verifier = JournalVerifier(reader, keys: keys)
      let bar = ProgressBar(isWanted: output.format == .table)
      var report = try await verifier.verify { bar.show($0, of: $1) }
      bar.end()
      switch trouble {
      case nil, .missing?: break
      case .wrongKey(let expected, let found)?:
        report.findings.append(
          .init(
            index: nil,
            problem: """
              the master key here is \(found), and the journal was sealed by \(expected): name \
              that one with --master-key-file
              """))
      case let fault?: report.omissions.append("the master key. \(Failures.sentence(fault))")
      }
      if identity == nil {
        report.findings.append(
          .init(index: nil, problem: "the journal's name is gone, or is none any more"))
      }
      if !report.isTorn {
        report.findings += await verifier.signedHeadFindings(reader, directory: directory)
        // What is there and cannot be read is a finding already.
        if let signed = try? await reader.lastCheckpoint(), signed.size > 0,
          !FileManager.default.fileExists(atPath: directory + "/" + SignedHead.fileName)
        {
          report.omissions.append(
            "whether more was signed than is here: last-signed is not beside the journal")
        }
      }
      if rowsOnly, !report.isTorn {
        report.omissions.append("the structure of the file, and the views: --rows-only")
      } else {
        report.findings += try await verifier.fileFindings()
        if let identity, !report.isTorn {
          report.findings += try await viewFindings(directory, reader, identity)
        } else {
          report.omissions.append("the views: that takes the journal's name and all its events")
        }
      }
      show(report)
      guard report.isSound else { throw ExitCode(2) }
    }
  }

  /// - Returns: `nil` where the file itself is what is wrong; it is told then.
  private func open(
    _ directory: String
  ) throws -> (reader: SQLiteJournalReader, identity: JournalIdentity?)? {
    do throws(JournalOpenFault) {
      return try SQLiteJournal.openForVerifying(directory: directory)
    } catch {
      let problem: String
      switch error {
      case .damaged(_, let reason):
        problem = "the file is damaged: \(reason). Keep a copy, and restore the last good backup"
      case .behind, .contradicted, .migrationChanged, .notOurs: problem = "\(error)"
      case .missing, .notReadable, .notWritable, .onReadOnlyDisk, .diskFault, .inUse, .newer:
        throw error
      }
      show(
        JournalVerifier.Report(torn: problem, omission: "the rows: the journal cannot be opened"))
      return nil
    }
  }

  private func viewFindings(
    _ directory: String, _ reader: SQLiteJournalReader, _ identity: JournalIdentity
  ) async throws -> [JournalVerifier.Finding] {
    do {
      return try await Scratch.lend { scratch in
        try await ConnectionViews.differences(
          directory: directory, from: reader, journalID: identity.id, scratch: scratch)
      }.map { .init(index: nil, problem: "views: \($0)") }
    } catch let fault as JournalFault {
      return [.init(index: nil, problem: "views: the rebuild to compare them with ended: \(fault)")]
    }
  }

  /// What the master key can tell. Where none is named and none that fits lies in the data
  /// directory, wrapped keys go unchecked, and the report says so.
  private func keys(
    _ source: MasterKeySource, _ reader: SQLiteJournalReader, _ journalID: String
  ) async throws -> (keys: WrappedKeys?, trouble: MasterKeyFault?) {
    do {
      let key = try await source.provider.masterKey()
      // Where they cannot be read, that is a finding already.
      let known = (try? await reader.masterKeyIDs()) ?? []
      if let expected = known.min(), !known.contains(key.id) {
        return (nil, .wrongKey(expectedID: expected, foundID: key.id))
      }
      // Its fingerprint key is not used here, so any will do.
      let keyring = try Vault.makeKeyring(master: key) { [UInt8](repeating: 0, count: $0) }
      let random = CommandEnvironment.real.random
      let vault = try Vault(master: key, keyring: keyring, journalID: journalID, random: random)
      return (WrappedKeys(vault), nil)
    } catch let fault as MasterKeyFault {
      guard master.masterKeyFile == nil, master.masterKeyCommand == nil else { throw fault }
      return (nil, fault)
    }
  }

  private func show(_ report: JournalVerifier.Report) {
    switch output.format {
    case .json:
      Output.json([
        "sound": .boolean(report.isSound), "events": JSONValue(report.size),
        "root": .string(report.root.description),
        "findings": .array(
          report.findings.map { ["index": JSONValue($0.index), "problem": .string($0.problem)] }),
        "omissions": .array(report.omissions.map { .string($0) }),
      ])
    case .table:
      let findings = report.findings.joiningRoots()
      for finding in findings {
        Output.line((finding.index.map { "event \($0)" } ?? "journal") + ": " + finding.problem)
      }
      for sentence in report.omissions { Output.line("not checked: " + sentence) }
      Output.line(
        report.isSound
          ? "\(report.size) events, all sound. Root \(report.root)"
          : "\(findings.count == 1 ? "1 thing is" : "\(findings.count) things are") "
            + "wrong in \(report.size) events.")
    }
  }
}

/// A directory for what is needed only now.
private enum Scratch {
  static func lend<Value>(_ body: (String) async throws -> Value) async throws -> Value {
    let place = FileManager.default.temporaryDirectory.appending(
      path: "hindsight-verify-\(ProcessInfo.processInfo.processIdentifier)")
    try FileManager.default.createDirectory(
      at: place, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    defer { try? FileManager.default.removeItem(at: place) }
    return try await body(place.path())
  }
}

struct RebuildCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rebuild",
    abstract: "Deletes the projections and builds them anew from the journal.",
    discussion: "Stop the server first: it would go on with the deleted file.")

  @OptionGroup var place: DataOptions
  @OptionGroup var output: FormatOptions

  func run() async throws {
    try await Failures.told {
      let directory = try await place.directory()
      let journal = try Journals.openExisting(directory)
      ConnectionViews.delete(directory: directory)
      let views = try await ConnectionViews(
        directory: directory, journal: journal.reader, journalID: journal.identity.id)
      let size = try await views.catchUp()
      output.show(["events": JSONValue(size)], "Rebuilt from \(size) events.")
    }
  }
}
