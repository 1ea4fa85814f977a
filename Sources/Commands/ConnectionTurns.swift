import Connections

/// One command in flight for each connection: whoever holds the turn may append to its stream and
/// call Okta about it. Turns are given in the order of asking.
actor ConnectionTurns {
  private var queues: [AppID: Queue] = [:]
  /// The turns given so far, of all connections: each has a number of its own.
  private var given = 0
  /// The last turn of those connections that are not remembered any more.
  private var lastForgotten = 0
  private var idle = 0
  /// Counts the waits, so that one that ended is never taken for a later one.
  private var waits = 0
  private let sleep: @Sendable (Duration) async throws -> Void

  private struct Queue {
    /// The turn that was given last, so that a reader can tell whether one was taken meanwhile.
    var last = 0
    /// How many hold the turn that is given now.
    var holders = 0
    var isTaken: Bool { holders > 0 }
    var waiting: [(id: Int, gate: CheckedContinuation<Bool, Never>)] = []
  }

  init(sleep: @escaping @Sendable (Duration) async throws -> Void) { self.sleep = sleep }

  /// Waits for the turn.
  ///
  /// - Returns: `false` when the wait was over first; then the caller holds nothing.
  func take(_ app: AppID, waitingAtMost wait: Duration) async -> Bool {
    if takeNow(app) { return true }
    waits += 1
    let id = waits
    let timer = Task { [sleep] in
      guard (try? await sleep(wait)) != nil else { return }
      self.giveUp(app, id)
    }
    defer { timer.cancel() }
    return await withCheckedContinuation { gate in
      queues[app, default: Queue()].waiting.append((id, gate))
    }
  }

  /// What changes with each turn that is given, or `nil` while one is taken.
  func quietCount(_ app: AppID) -> Int? {
    guard let queue = queues[app] else { return lastForgotten }
    return queue.isTaken ? nil : queue.last
  }

  /// Takes the turn without waiting, if none was given since `count`.
  func take(_ app: AppID, ifStillAt count: Int) -> Bool {
    guard (queues[app]?.last ?? lastForgotten) == count else { return false }
    return takeNow(app)
  }

  /// Another one goes on with a turn that is taken: it ends when all who hold it have released it.
  func share(_ app: AppID) { queues[app]?.holders += 1 }

  func release(_ app: AppID) {
    guard var queue = queues[app] else { return }
    queue.holders -= 1
    if queue.isTaken || queue.waiting.isEmpty {
      queues[app] = queue
      if !queue.isTaken { forgetIdle() }
    } else {
      let next = queue.waiting.removeFirst()
      queue.holders = 1
      given += 1
      queue.last = given
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
    if queues[app] != nil { idle -= 1 }
    queue.holders = 1
    given += 1
    queue.last = given
    queues[app] = queue
    return true
  }

  /// So many connections that nobody holds are remembered, and no more: there is no end of apps.
  private static let maximumIdle = 1_024

  /// One more is idle. A reader of a connection that is forgotten meanwhile takes it for one that
  /// was changed, never the other way about: whatever is forgotten later has a later turn.
  private func forgetIdle() {
    idle += 1
    guard idle > Self.maximumIdle else { return }
    for (app, queue) in queues where !queue.isTaken && queue.waiting.isEmpty {
      lastForgotten = max(lastForgotten, queue.last)
      queues[app] = nil
    }
    idle = 0
  }

  /// How many connections are remembered.
  var rememberedCount: Int { queues.count }

  private func giveUp(_ app: AppID, _ id: Int) {
    guard let position = queues[app]?.waiting.firstIndex(where: { $0.id == id }) else { return }
    queues[app]?.waiting.remove(at: position).gate.resume(returning: false)
  }
}
