package import Connections
import EventStore

/// A rollback of several connections that has not ended, without what became of each.
package struct OpenTour: Sendable {
  package var id: CommandID
  package var start: OrganisationRollback
  package var startedAt: Instant
  package var context: EventContext
  /// `false`: it waits for a person to resume it or to give it up.
  package var isCarriedOn: Bool
}

extension CommandHandler {
  /// The rollbacks of one connection that have not ended, by app.
  package func openRollbacks() async throws(RollbackRefusal) -> [RollbackReport] {
    let apps: [AppID]
    do throws(JournalFault) { apps = try await reader.streamsWithOpenRollbacks() } catch {
      throw .notRecorded(RecordingFault(error))
    }
    var found: [RollbackReport] = []
    for app in apps.sorted() {
      guard let id = try await loadedForRollback(app).rollback?.id,
        let report = try await report(id, app)
      else { continue }
      found.append(standing(report))
    }
    return found
  }

  /// The rollbacks of several connections that have not ended, in the order in which they began.
  package func openTours() async throws(RollbackRefusal) -> [OpenTour] {
    var found: [OpenTour] = []
    do throws(JournalFault) {
      for event in try await reader.events(in: .organisation, after: 0) {
        switch event.payload {
        case .organisation(.rollbackStarted(let start)):
          guard let id = event.context.commandID else { continue }
          found.append(
            OpenTour(
              id: id, start: start, startedAt: event.recordedAt, context: event.context,
              isCarriedOn: tours[id] != nil))
        case .organisation(.rollbackEnded):
          found.removeAll { $0.id == event.context.commandID }
        default: break
        }
      }
    } catch { throw .notRecorded(RecordingFault(error)) }
    return found
  }

  /// A report as it stands: one that the journal tells as running, and that nobody carries on, was
  /// cut where its stop could not be recorded.
  func standing(_ report: RollbackReport) -> RollbackReport {
    guard report.outcome == .running, !courses.contains(report.id) else { return report }
    var report = report
    report.outcome = .stopped
    report.detail = "It was cut, and how far it came is what its commands tell."
    return report
  }
}
