import Connections
import EventStore
import Logging
import OktaAPI

/// Where a connection shall be.
struct OrganisationTarget: Sendable {
  var appID: AppID
  var version: Int
}

/// What is known of a tour while it is under way.
struct OngoingTour: Sendable {
  /// All connections that are selected, and those of them with which something is to be done;
  /// absent while the plan is made.
  var plan: (targets: [OrganisationTarget], due: Set<AppID>)?
  /// A person gave it up, and that is recorded.
  var isAbandoned = false
}

extension CommandHandler {
  /// One pass over the connections.
  struct Tour {
    var id: CommandID
    var startID: EventID
    /// The command id is the rollback's.
    var context: EventContext
  }

  /// Call it for a tour that is among `tours`; it is taken out when it is over.
  func run(
    _ connections: [OrganisationPreview.Planned], _ tour: Tour, _ waits: Bool
  ) async throws(RollbackRefusal) -> OrganisationReport {
    if waits {
      await runToTheEnd { await self.visit(connections, tour) }
    } else {
      track { await self.visit(connections, tour) }
    }
    do throws(RollbackRefusal) {
      guard let report = try await organisation(tour.id) else { throw .notKnown }
      return report
    } catch { throw error.inTheMiddle(of: tour.id) }
  }

  private func visit(_ connections: [OrganisationPreview.Planned], _ tour: Tour) async {
    defer { tours[tour.id] = nil }
    var isWhole = true
    for planned in connections {
      if case .open(let preview) = planned.way { await waitForRoom(for: preview.plan.calls) }
      guard goesOn(tour) else { return }
      if await !visit(planned, tour) { isWhole = false }
    }
    guard isWhole, goesOn(tour) else { return }
    do throws(RollbackRefusal) { _ = try await end(tour, as: .completed) } catch {
      logger.error(
        "the end of a rollback of all connections could not be recorded",
        metadata: ["rollback": "\(tour.id)", "fault": "\(error)"])
    }
  }

  /// Nothing is begun once the process is ending or the tour was given up.
  private func goesOn(_ tour: Tour) -> Bool { !isEnding && tours[tour.id]?.isAbandoned == false }

  /// - Returns: whether the connection is where it should be, or waits for a person.
  private func visit(_ planned: OrganisationPreview.Planned, _ tour: Tour) async -> Bool {
    var context = tour.context
    context.causationID = tour.startID
    var digest: String?
    if case .open(let preview) = planned.way { digest = preview.digest }
    do throws(RollbackRefusal) {
      let open = try await loadedForRollback(planned.appID).rollback
      if let open, open.context.causationID == tour.startID {
        if open.consentWait != nil { return true }
        let report = try await resumeRollback(open.id, context: context)
        return OrganisationReport.State.begun(report).isDone
      }
      let report = try await rollBack(
        planned.appID, .version(planned.targetVersion), digest: digest, context: context,
        rollbackID: environment.newID())
      return OrganisationReport.State.begun(report).isDone
    } catch {
      logger.notice(
        "a connection was not rolled back with the others",
        metadata: ["app": "\(planned.appID)", "why": "\(error.word)"])
      return false
    }
  }

  /// Waits for the next window where this one has not enough calls left, or until the process is
  /// ending.
  private func waitForRoom(for calls: Int) async {
    guard let ownCredential, let reset = nextWindow(of: ownCredential, ifShortOf: calls) else {
      return
    }
    let microseconds = reset.microseconds - environment.now().microseconds + 1_000_000
    _ = await pause(.microseconds(max(0, microseconds)))
  }
}
