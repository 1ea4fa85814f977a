import Connections

/// One command in flight for each connection: whoever holds the turn may append to its stream and
/// call Okta about it. Turns are given in the order of asking.
actor ConnectionTurns {
  private var queues: [AppID: Queue] = [:]
  private let sleep: @Sendable (Duration) async throws -> Void

  private struct Queue {
    /// Counts the turns given, so that a reader can tell whether one was taken meanwhile.
    var count = 0
    var isTaken = false
    /// Counts the waits, so that one that ended is never taken for a later one.
    var waits = 0
    var waiting: [(id: Int, gate: CheckedContinuation<Bool, Never>)] = []
  }

  init(sleep: @escaping @Sendable (Duration) async throws -> Void) { self.sleep = sleep }

  /// Waits for the turn.
  ///
  /// - Returns: `false` when the wait was over first; then the caller holds nothing.
  func take(_ app: AppID, waitingAtMost wait: Duration) async -> Bool {
    if takeNow(app) { return true }
    queues[app, default: Queue()].waits += 1
    let id = queues[app]?.waits ?? 0
    let timer = Task { [sleep] in
      guard (try? await sleep(wait)) != nil else { return }
      self.giveUp(app, id)
    }
    defer { timer.cancel() }
    return await withCheckedContinuation { gate in
      queues[app, default: Queue()].waiting.append((id, gate))
    }
  }

  /// How many turns were given so far, or `nil` while one is taken.
  func quietCount(_ app: AppID) -> Int? {
    let queue = queues[app] ?? Queue()
    return queue.isTaken ? nil : queue.count
  }

  /// Takes the turn without waiting, if none was given since `count`.
  func take(_ app: AppID, ifStillAt count: Int) -> Bool {
    guard (queues[app]?.count ?? 0) == count else { return false }
    return takeNow(app)
  }

  func release(_ app: AppID) {
    guard var queue = queues[app] else { return }
    if queue.waiting.isEmpty {
      queue.isTaken = false
      queues[app] = queue
    } else {
      let next = queue.waiting.removeFirst()
      queue.count += 1
      queues[app] = queue
      next.gate.resume(returning: true)
    }
  }

  /// The number of commands that wait for this connection.
  func waitingCount(_ app: AppID) -> Int { queues[app]?.waiting.count ?? 0 }

  /// Takes the turn if it is free.
  func takeNow(_ app: AppID) -> Bool {
    var queue = queues[app] ?? Queue()
    guard !queue.isTaken else { return false }
    queue.isTaken = true
    queue.count += 1
    queues[app] = queue
    return true
  }

  private func giveUp(_ app: AppID, _ id: Int) {
    guard let position = queues[app]?.waiting.firstIndex(where: { $0.id == id }) else { return }
    queues[app]?.waiting.remove(at: position).gate.resume(returning: false)
  }
}
