import ArgumentParser
import Commands
import Connections
import EventStore
import Evidence
import Foundation
import TransparencyLog

/// What the transparency log costs: the tree on the append path, a proof, an export.
struct LogBenchmark: AsyncParsableCommand {
  static let configuration = CommandConfiguration(commandName: "log")

  @Option var data: String
  @Option var output: String
  @Option var count = 2_000

  func run() async throws {
    try await treeBesideAppends()
    let signer = try LogSigner(name: "bench/hindsight", seed: Array(1...32))
    let size = try await sign(signer)
    try await proofs(size)
    try await export("export of the log, \(size) events")
    try await append(1_000)
    _ = try await sign(signer)
    try await export("the same again, with 1000 events more")
  }

  /// The work of the tree for each event, by itself: its leaf, its place and the root. The rows
  /// that it adds, 64 bytes an event and 8 KiB for 256, are in the append already.
  private func treeBesideAppends() async throws {
    var history = MadeHistory()
    let stream = StreamID.connection(MadeHistory.app(0))
    let bodies = (0..<count).map { number in
      Event(
        draft: history.command(number)[0], index: number, stream: stream,
        streamVersion: number + 1, previous: number == 0 ? nil : number - 1,
        recordedAt: Instant(microseconds: 0)
      ).canonicalBytes
    }
    var tree = GrowingTree()
    var roots: [NodeHash] = []
    let hashing = await seconds {
      for body in bodies {
        _ = tree.append(.leaf(body))
        roots.append(tree.root)
      }
    }
    var appending = 0.0
    try await withTemporaryDirectory { path in
      let journal = try SQLiteJournal.open(
        directory: path, newIdentity: CommandEnvironment.benchmark.newIdentity)
      var history = MadeHistory()
      let drafts = (0..<count).map { history.command($0)[0] }
      appending = try await seconds {
        for draft in drafts {
          _ = try await journal.writer.append(AppendBatch(to: stream, at: .any, [draft]))
        }
      }
    }
    row(
      "the tree on the append path",
      "\(number(hashing / Double(roots.count) * 1e6)) us/event",
      "\(number(hashing / appending * 100)) % of a durable append (at most 15)")
  }

  private func open() throws -> SQLiteJournal {
    try SQLiteJournal.open(
      directory: data, newIdentity: CommandEnvironment.benchmark.newIdentity)
  }

  /// - Returns: the size that is signed.
  private func sign(_ signer: LogSigner) async throws -> Int {
    let journal = try open()
    if try await journal.reader.logKey() == nil {
      let text = LogKeyRecord.statement(of: journal.identity, origin: signer.key.name)
      let note = SignedNote(text: text, signatures: [try signer.sign(text)])
      try await journal.writer.addLogKey(
        LogKeyRecord(vkey: signer.key.description, statement: note.bytes),
        sealed: KeyringEntry(wrapped: [], masterKeyID: "none"), name: "log")
    }
    let head = try await journal.reader.head()
    let checkpoint = Checkpoint(origin: signer.key.name, size: head.size, root: head.root)
    let note = SignedNote(text: checkpoint.text, signatures: [try signer.sign(checkpoint.text)])
    try await journal.writer.addCheckpoint(
      CheckpointRecord(size: head.size, note: note.bytes))
    return head.size
  }

  private func proofs(_ size: Int) async throws {
    let (reader, _) = try SQLiteJournal.openForReading(directory: data)
    func proof(_ index: Int) async throws {
      _ = try await reader.inclusionProof(of: index, in: size)
    }
    let first = try await seconds { try await proof(size / 3) }
    var times: [Double] = []
    for turn in 0..<count {
      times.append(try await seconds { try await proof(turn * 104_729 % size) })
    }
    row(
      "a proof at \(size) events", "median \(number(median(times) * 1e6)) us",
      "p99 \(number(percentile(times, 0.99) * 1e6)) us (under 1000); the first of a process "
        + "\(number(first * 1e3)) ms")
  }

  private func export(_ what: String) async throws {
    let (reader, _) = try SQLiteJournal.openForReading(directory: data)
    var report: LogExport.Report?
    let taken = try await seconds { report = try await LogExport(of: reader, to: output).run() }
    row(
      what, "\(number(taken)) s",
      "\(report?.files ?? 0) files for \((report?.size ?? 0) - (report?.earlier ?? 0)) events")
  }

  private func append(_ count: Int) async throws {
    let journal = try open()
    var history = MadeHistory()
    // Others' ids and times than those of the journal: they only have to be valid.
    for number in 0..<count / 2 {
      _ = try await journal.writer.append(
        AppendBatch(
          to: .connection(MadeHistory.app(number % 1_000)), at: .any, history.command(number)))
    }
  }
}
