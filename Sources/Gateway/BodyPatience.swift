import Commands
import Hummingbird
import NIOCore
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
final class ArrivingBody: AsyncSequence, Sendable {
  private let base: RequestBody
  private let watch: Task<Bool, Never>

  init(_ base: RequestBody, _ patience: BodyPatience) {
    self.base = base
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

  func makeAsyncIterator() -> Iterator { Iterator(base: base.makeAsyncIterator(), body: self) }

  struct Iterator: AsyncIteratorProtocol {
    fileprivate var base: RequestBody.AsyncIterator
    fileprivate let body: ArrivingBody

    mutating func next() async throws -> ByteBuffer? {
      let part = try await base.next()
      // What ends because nobody reads any more has not ended: Okta must not take it for whole.
      if part == nil, await body.wasLate { throw GatewayRequest.BodyFault.late }
      return part
    }
  }
}
