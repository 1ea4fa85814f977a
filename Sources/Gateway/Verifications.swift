package import Connections
import Synchronization

/// Checks the whole journal while pages are being shown, one check at a time.
package final class Verifications: Sendable {
  /// What a check found.
  package struct Result: Sendable {
    package var size: Int
    package var root: String
    /// What is wrong, each with its place.
    package var findings: [String]
    /// What could not be looked into.
    package var omissions: [String]

    package init(size: Int, root: String, findings: [String], omissions: [String]) {
      self.size = size
      self.root = root
      self.findings = findings
      self.omissions = omissions
    }
  }

  package enum State: Sendable {
    case none
    case running(since: Instant, checked: Int)
    case ended(Result, at: Instant, seconds: Int)
    /// The journal did not answer.
    case failed(at: Instant)
  }

  package typealias Check =
    @Sendable (_ progress: @escaping @Sendable (Int) -> Void) async throws -> Result

  private let current = Mutex<State>(.none)
  private let check: Check
  private let now: @Sendable () -> Instant

  package init(now: @escaping @Sendable () -> Instant, check: @escaping Check) {
    self.now = now
    self.check = check
  }

  var state: State { current.withLock { $0 } }

  /// Begins a check, unless one is running.
  func begin() {
    let begun = now()
    let isFirst = current.withLock { state in
      if case .running = state { return false }
      state = .running(since: begun, checked: 0)
      return true
    }
    guard isFirst else { return }
    Task {
      let end: State
      do {
        let result = try await check { checked in
          self.current.withLock { $0 = .running(since: begun, checked: checked) }
        }
        let ended = now()
        let seconds = Int((ended.microseconds - begun.microseconds) / 1_000_000)
        end = .ended(result, at: ended, seconds: seconds)
      } catch { end = .failed(at: now()) }
      current.withLock { $0 = end }
    }
  }
}
