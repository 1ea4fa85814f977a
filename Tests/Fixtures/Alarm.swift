import Synchronization

/// Sleeps that end when the test says so, or with their task; never by themselves.
package final class Alarm: Sendable {
  private let sleepers = Mutex<[AsyncStream<Never>.Continuation]>([])
  private let beginnings: AsyncStream<Duration>
  private let beginning: AsyncStream<Duration>.Continuation

  package init() { (beginnings, beginning) = AsyncStream.makeStream() }

  package func sleep(_ duration: Duration) async throws {
    let (stream, continuation) = AsyncStream<Never>.makeStream()
    sleepers.withLock { $0.append(continuation) }
    beginning.yield(duration)
    for await _ in stream {}
    try Task.checkCancellation()
  }

  /// Returns when somebody has begun to sleep, and says for how long.
  package func whenAsleep() async -> Duration? { await beginnings.first { _ in true } }

  package func ring() {
    let all = sleepers.withLock { sleepers in
      defer { sleepers = [] }
      return sleepers
    }
    for sleeper in all { sleeper.finish() }
  }
}
