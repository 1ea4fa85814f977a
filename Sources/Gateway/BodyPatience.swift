import Commands
import Hummingbird
import NIOCore
import ServiceLifecycle
import Synchronization

/// How long a body may take to arrive whole, whatever its pace: who sends a byte a minute would
/// hold a connection, and a shutdown, for as long as it likes.
struct BodyPatience: Sendable {
  static let seconds = 60
  /// What is left to it once the gateway is told to end.
  static let endingSeconds = 5

  private let sleep: @Sendable (Duration) async throws -> Void
  /// Ends the reading side of the connection; an answer can still be written.
  let stopReading: @Sendable () -> Void

  init(
    sleep: @escaping @Sendable (Duration) async throws -> Void,
    stopReading: @escaping @Sendable () -> Void
  ) {
    self.sleep = sleep
    self.stopReading = stopReading
  }

  /// - Returns: whether the patience ended before the body did.
  func during(_ read: () async -> Void) async -> Bool {
    let watch = begin()
    await read()
    watch.cancel()
    return await watch.value
  }

  /// - Returns: what ends with the body, or stops the reading and says `true`.
  func begin() -> Task<Bool, Never> {
    Task {
      guard await isOver() else { return false }
      stopReading()
      return true
    }
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

/// A body that is passed on as it arrives, with no more patience than one that is read here.
///
/// Whoever passes it on may go on reading after Okta has answered, while the connection belongs to
/// the next request and to one reader alone: `end` comes before that.
final class ArrivingBody: AsyncSequence, Sendable {
  private let base: RequestBody
  private let stopReading: @Sendable () -> Void
  private let watch: Task<Bool, Never>
  private let state = Mutex(State())

  private struct State {
    var isRead = false
    var hasEnded = false
    /// Goes on when nobody reads.
    var waiting: CheckedContinuation<Void, Never>?
  }

  init(_ base: RequestBody, _ patience: BodyPatience) {
    self.base = base
    stopReading = patience.stopReading
    watch = patience.begin()
  }

  deinit { watch.cancel() }

  /// Whether the patience ended before the body did. Call it once nobody reads any more.
  var wasLate: Bool {
    get async {
      watch.cancel()
      return await watch.value
    }
  }

  /// Returns once nobody reads it, and nobody will: a read that still waits for the client is given
  /// up, and the connection with it.
  func end() async {
    let isRead = state.withLock { state in
      state.hasEnded = true
      return state.isRead
    }
    guard isRead else { return }
    stopReading()
    await withCheckedContinuation { continuation in
      let isRead = state.withLock { state in
        if state.isRead { state.waiting = continuation }
        return state.isRead
      }
      if !isRead { continuation.resume() }
    }
  }

  func makeAsyncIterator() -> Iterator { Iterator(base: base.makeAsyncIterator(), body: self) }

  struct Iterator: AsyncIteratorProtocol {
    fileprivate var base: RequestBody.AsyncIterator
    fileprivate let body: ArrivingBody

    mutating func next() async throws -> ByteBuffer? {
      try body.beginReading()
      defer { body.endReading() }
      let part = try await base.next()
      // What ends because nobody reads any more has not ended: Okta must not take it for whole.
      if part == nil, await body.wasLate || body.hasEnded { throw GatewayRequest.BodyFault.late }
      return part
    }
  }

  private var hasEnded: Bool { state.withLock(\.hasEnded) }

  private func beginReading() throws {
    try state.withLock { state in
      if state.hasEnded { throw GatewayRequest.BodyFault.late }
      state.isRead = true
    }
  }

  private func endReading() {
    let waiting = state.withLock { state in
      state.isRead = false
      defer { state.waiting = nil }
      return state.waiting
    }
    waiting?.resume()
  }
}
