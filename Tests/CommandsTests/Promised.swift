import Synchronization

/// A value that comes once, for whoever waits.
final class Promised<Value: Sendable>: Sendable {
  private enum State {
    case waiting([CheckedContinuation<Value, Never>])
    case kept(Value)
  }

  private let state = Mutex<State>(.waiting([]))

  func keep(_ value: Value) {
    let waiting = state.withLock { state -> [CheckedContinuation<Value, Never>] in
      guard case .waiting(let waiting) = state else { return [] }
      state = .kept(value)
      return waiting
    }
    for continuation in waiting { continuation.resume(returning: value) }
  }

  var value: Value {
    get async {
      await withCheckedContinuation { continuation in
        let kept = state.withLock { state -> Value? in
          switch state {
          case .kept(let value): return value
          case .waiting(let waiting):
            state = .waiting(waiting + [continuation])
            return nil
          }
        }
        if let kept { continuation.resume(returning: kept) }
      }
    }
  }
}
