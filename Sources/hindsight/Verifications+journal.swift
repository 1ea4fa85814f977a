import Connections
import EventStore
import Gateway
import TransparencyLog

extension Verifications {
  /// Checks the rows of the journal; what needs the master key or a second copy of the views is for
  /// `hindsight verify`.
  convenience init(
    of reader: SQLiteJournalReader, now: @escaping @Sendable () -> Instant
  ) {
    self.init(now: now) { progress in
      let report = try await JournalVerifier(reader).verify { done, _ in progress(done) }
      return Result(
        size: report.size, root: report.root.description,
        findings: report.findings.map { finding in
          finding.index.map { "event \($0): \(finding.problem)" } ?? finding.problem
        }, omissions: report.omissions)
    }
  }
}
