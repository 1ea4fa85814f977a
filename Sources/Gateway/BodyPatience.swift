import Commands
import ServiceLifecycle

/// How long a body may take to arrive whole, whatever its pace: who sends a byte a minute would
/// hold a connection, and a shutdown, for as long as it likes.
struct BodyPatience: Sendable {
  static let seconds = 60
  /// What is left to it once the gateway is told to end.
  static let endingSeconds = 5

  private let sleep: @Sendable (Duration) async throws -> Void
  /// Ends the reading side of the connection; an answer can still be written.
  private let stopReading: @Sendable () -> Void

  init(
    sleep: @escaping @Sendable (Duration) async throws -> Void,
    stopReading: @escaping @Sendable () -> Void
  ) {
    self.sleep = sleep
    self.stopReading = stopReading
  }

  /// - Returns: whether the patience ended before the body did.
  func during(_ read: () async -> Void) async -> Bool {
    let watch = Task {
      guard await isOver() else { return false }
      stopReading()
      return true
    }
    await read()
    watch.cancel()
    return await watch.value
  }

  private func isOver() async -> Bool {
    let sleep = sleep
    return await withTaskGroup(of: Bool.self) { group in
      group.addTask { (try? await sleep(.seconds(Self.seconds))) != nil }
      group.addTask {
        do {
          try await gracefulShutdown()
          try await sleep(.seconds(Self.endingSeconds))
          return true
        } catch { return false }
      }
      defer { group.cancelAll() }
      return await group.next() ?? false
    }
  }
}
