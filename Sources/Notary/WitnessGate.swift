package import Connections
package import EventStore

/// Keeps new changes out while too few witnesses have cosigned: what is begun gets its outcome all
/// the same, for that must be recorded come what may.
package struct WitnessGate: JournalWriter {
  private let writer: any JournalWriter
  private let circle: WitnessCircle

  package init(_ writer: any JournalWriter, _ circle: WitnessCircle) {
    self.writer = writer
    self.circle = circle
  }

  package func append(_ batch: AppendBatch) async throws(JournalFault) -> [Event] {
    if batch.events.contains(where: { $0.payload.kind == .intended }) { try await pass() }
    return try await writer.append(batch)
  }

  package func check() async throws(JournalFault) {
    if await !circle.isAsking { try await pass() }
    try await writer.check()
  }

  package func scrub() async throws(JournalFault) -> Bool { try await writer.scrub() }

  private func pass() async throws(JournalFault) {
    guard await !circle.reachesQuorum() else { return }
    var fault = StorageFault(
      isFull: false,
      description: "too few witnesses have cosigned what was recorded, and they are required")
    fault.isHeldBack = true
    throw .storage(fault)
  }
}
