import Connections
import Synchronization

/// Who is signed in to the console.
///
/// A session lives in the server's memory and the browser holds nothing but its random name: so
/// signing out and revoking a token end it at once everywhere, and nothing in the browser can be
/// taken apart. The price is that a restart ends all of them, which for an audit tool is right.
final class ConsoleSessions: Sendable {
  struct Session: Sendable {
    var tokenID: UUIDv7
    /// What each form of this session carries.
    var csrf: String
    var endsAt: Instant
  }

  static let lifeSeconds: Int64 = 8 * 3600
  /// Beyond it the session that ends first makes room.
  private static let most = 10_000

  private let sessions = Mutex<[String: Session]>([:])
  private let random: @Sendable (Int) -> [UInt8]

  init(random: @escaping @Sendable (Int) -> [UInt8]) { self.random = random }

  /// 256 random bits, in hex.
  func newName() -> String { Hex.encode(random(32)) }

  func begin(_ tokenID: UUIDv7, at now: Instant) -> String {
    let name = newName()
    let session = Session(
      tokenID: tokenID, csrf: newName(), endsAt: now.adding(seconds: Self.lifeSeconds))
    sessions.withLock { sessions in
      if sessions.count >= Self.most {
        sessions = sessions.filter { $0.value.endsAt > now }
        if sessions.count >= Self.most, let oldest = sessions.min(by: { $0.value < $1.value }) {
          sessions[oldest.key] = nil
        }
      }
      sessions[name] = session
    }
    return name
  }

  /// The session of this name, and whether it has just ended by its age.
  func find(_ name: String, at now: Instant) -> (session: Session?, hasEnded: Bool) {
    sessions.withLock { sessions in
      guard let session = sessions[name] else { return (nil, true) }
      guard session.endsAt > now else {
        sessions[name] = nil
        return (nil, true)
      }
      return (session, false)
    }
  }

  func end(_ name: String) {
    sessions.withLock { $0[name] = nil }
  }
}

extension ConsoleSessions.Session {
  fileprivate static func < (left: Self, right: Self) -> Bool { left.endsAt < right.endsAt }
}
