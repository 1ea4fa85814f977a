import ArgumentParser
import Commands
import Connections
import EventStore
import Foundation
import Projections
import Reports

struct ReportCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report", abstract: "Writes a report.", subcommands: [Changes.self])

  struct Changes: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "changes",
      abstract: "Every change in a period as CSV, a row a command.",
      discussion: """
        Making a report is itself recorded. While a server runs on the same data directory the \
        report can be made, but only the server can record it: take it from \
        /hindsight/v1/reports/changes.csv then.
        """)

    @Option(help: "From this time on, such as 2026-10-01T00:00:00Z.") var from: String?
    @Option(help: "Before this time.") var to: String?
    @Option(help: "The file to write; standard output when it is absent.") var output: String?
    @OptionGroup var place: DataOptions

    func run() async throws {
      try await Failures.told {
        let report = ChangesReport(from: try Self.instant(from), to: try Self.instant(to))
        let directory = try await place.directory()
        let size = try await record(report, directory)
        let views = try await Journals.openViews(directory)
        let handle = try Self.open(output)
        let rows = try await report.write(from: views, trueAt: size) {
          try handle.write(contentsOf: $0)
        }
        if output != nil { try handle.close() }
        Output.note("\(rows) rows, true after event \(size - 1)")
      }
    }

    /// - Returns: the size of the journal at which the report is true.
    private func record(_ report: ChangesReport, _ directory: String) async throws -> Int {
      let views = try await Journals.openViews(directory)
      let size = try await views.size()
      do {
        let journal = try Journals.openForWriting(directory)
        let registry = try await AccessRegistry(
          writer: journal.writer, reader: journal.reader, environment: .real)
        try await registry.recordExport(
          Export(
            definition: ChangesReport.definition, from: report.from?.description,
            to: report.to?.description, trueAtSize: size), context: LocalActor.context)
      } catch JournalOpenFault.inUse {
        Output.note("A server runs on this directory: this report is not recorded in the journal.")
      }
      return size
    }

    private static func instant(_ text: String?) throws -> Instant? {
      guard let text else { return nil }
      guard let instant = Instant(text) else {
        throw ValidationError("This is no time such as 2026-10-01T00:00:00Z: \(text)")
      }
      return instant
    }

    private static func open(_ path: String?) throws -> FileHandle {
      guard let path else { return .standardOutput }
      guard FileManager.default.createFile(atPath: path, contents: nil),
        let handle = FileHandle(forWritingAtPath: path)
      else { throw ValidationError("\(path) cannot be written.") }
      return handle
    }
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
