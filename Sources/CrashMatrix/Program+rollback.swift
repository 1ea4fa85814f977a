import Commands
import Connections
import EventStore

extension Program {
  /// Goes back by the last change as a person would: looks at the plan, and has it carried out.
  ///
  /// - Returns: what was told; `nil` when it was refused.
  func rollBack(_ app: AppID) async -> RollbackReport? {
    do {
      let preview = try await commands.preview(app, .previous)
      return try await commands.rollBack(
        app, .previous, digest: preview.digest,
        context: EventContext(actor: Self.caller, reason: "rollback"),
        rollbackID: environment.newID())
    } catch { return nil }
  }

  /// Goes on with what was cut.
  func resumeRollbacks(of apps: [AppID]) async throws -> [RollbackReport] {
    var reports: [RollbackReport] = []
    for app in try await journal.reader.streamsWithOpenRollbacks() where apps.contains(app) {
      let events = try await journal.reader.events(in: .connection(app), after: 0)
      guard let open = try Connection(appID: app, folding: events).rollback,
        let report = try? await commands.resumeRollback(
          open.id, context: EventContext(actor: Self.caller, reason: "resumed"))
      else { continue }
      reports.append(report)
    }
    return reports
  }

  /// Keeps what a connection had from being shredded.
  func hold(_ app: AppID) async -> UUIDv7? {
    try? await commands.addHold(
      over: .connection(app), context: EventContext(actor: Self.caller, reason: "selftest")
    ).id
  }

  /// Shreds the first secret of a connection that is not in force.
  ///
  /// - Returns: the copies that were told as shredded, and the wrapped keys that they had.
  func shred(_ app: AppID) async -> (copies: [UUIDv7], keys: [[UInt8]])? {
    do {
      let known = try await commands.knownSecrets().first {
        $0.appID == app && !$0.isCurrent && !$0.mayBeCurrent && !$0.isShredded
      }
      guard let known else { return nil }
      var wrapped: [UUIDv7: [UInt8]] = [:]
      for event in try await journal.reader.events(EventSelection(type: .intended, limit: .max)) {
        for reference in event.payload.sealedReferences
        where reference.fingerprint == known.fingerprint {
          wrapped[reference.id] = try await journal.reader.sealedSecret(reference.id)?.wrappedKey
        }
      }
      let result = try await commands.shred(
        known.fingerprint, context: EventContext(actor: Self.caller, reason: "selftest"))
      let copies = result.copies.map(\.id)
      return (copies, copies.compactMap { wrapped[$0] })
    } catch { return nil }
  }
}
