import Connections
import EventStore
import Synchronization

/// A journal whose next appends can be made to fail.
struct WatchedJournal: JournalWriter {
  /// Which appends fail, and as what.
  final class Saboteur: Sendable {
    private let plan = Mutex<(kind: EventPayload.Kind, fault: JournalFault, times: Int)?>(nil)

    /// The next appends with an event of this kind fail.
    func fail(
      _ kind: EventPayload.Kind, with fault: JournalFault = .fullDisk, times: Int = 1
    ) {
      plan.withLock { $0 = (kind, fault, times) }
    }

    private let failingScrubs = Mutex(0)

    /// The next scrubs fail.
    func failScrub(times: Int = 1) { failingScrubs.withLock { $0 = times } }

    func failsScrub() -> Bool {
      failingScrubs.withLock { times in
        defer { times = max(0, times - 1) }
        return times > 0
      }
    }

    func fault(for batch: AppendBatch) -> JournalFault? {
      plan.withLock { plan in
        guard let due = plan, batch.events.contains(where: { $0.payload.kind == due.kind }) else {
          return nil
        }
        plan = due.times > 1 ? (due.kind, due.fault, due.times - 1) : nil
        return due.fault
      }
    }
  }

  let base: any JournalWriter
  let saboteur: Saboteur

  func append(_ batch: AppendBatch) async throws(JournalFault) -> [Event] {
    if let fault = saboteur.fault(for: batch) { throw fault }
    return try await base.append(batch)
  }

  func check() async throws(JournalFault) { try await base.check() }

  func scrub() async throws(JournalFault) -> Bool {
    if saboteur.failsScrub() { throw .fullDisk }
    return try await base.scrub()
  }
}

extension JournalFault {
  static let fullDisk = JournalFault.storage(
    StorageFault(isFull: true, description: "database or disk is full"))
}
