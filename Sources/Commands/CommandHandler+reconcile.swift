import Connections
import OktaAPI

extension CommandHandler {
  /// Looks again at a connection whose doubt a read can still settle, with growing pauses, until it
  /// is settled or the pauses are used up; the next call on the connection looks in any case. A new
  /// doubt begins with the shortest pause, however long an older one has been looked at.
  ///
  /// It yields: to whoever holds the connection's turn, and to callers when the budget is low.
  /// Call it holding the turn: then no look of an older task runs.
  func keepLooking(at app: AppID) {
    guard let ownCredential, !limits.reconcilePauses.isEmpty, !isDraining else { return }
    looking[app]?.cancel()
    looking[app] = Task {
      for pause in self.limits.reconcilePauses {
        guard (try? await self.environment.sleep(pause)) != nil, !Task.isCancelled else { return }
        guard await self.turns.takeNow(app) else { continue }
        let isSettled = await self.runToTheEnd {
          await self.lookAgain(at: app, with: ownCredential)
        }
        await self.turns.release(app)
        guard !Task.isCancelled else { return }
        if isSettled { break }
      }
      self.stoppedLooking(at: app)
    }
  }

  private func stoppedLooking(at app: AppID) { looking[app] = nil }

  /// Shutting down ends the pauses; a look that has begun comes to its end.
  func stopLooking() async {
    let tasks = looking.values
    for task in tasks { task.cancel() }
    for task in tasks { await task.value }
    looking = [:]
  }
}
