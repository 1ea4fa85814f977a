import Connections
import EventStore
import Gateway
import Logging
import TransparencyLog

extension Verifications {
  /// Checks the rows of the journal; what needs the master key or a second copy of the views is for
  /// `hindsight verify`.
  convenience init(
    of reader: SQLiteJournalReader, now: @escaping @Sendable () -> Instant, logger: Logger
  ) {
    self.init(now: now) { progress in
      let report = try await JournalVerifier(reader).verify { done, _ in progress(done) }
      if let first = report.findings.first {
        logger.error(
          "the journal is not whole",
          metadata: ["findings": "\(report.findings.count)", "first": "\(first.problem)"])
      }
      return Result(
        size: report.size, root: report.root.description,
        findings: report.findings.joiningRoots().map { finding in
          finding.index.map { "event \($0): \(finding.problem)" } ?? finding.problem
        }, omissions: report.omissions)
    }
  }
}
