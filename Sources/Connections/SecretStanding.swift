/// Which secrets may not be used, which are gone, and what is held: a pure fold of the stream
/// `secrets`.
package struct SecretStanding: Sendable {
  /// The version of the stream up to which it is folded.
  package private(set) var version = 0
  private var marks: [String: Mark] = [:]
  private var shredded: Set<UUIDv7> = []
  /// The holds that stand, the oldest first.
  package private(set) var holds: [StandingHold] = []

  /// By whom, when and why a secret was marked compromised.
  package struct Mark: Hashable, Sendable {
    package var at: Instant
    package var context: EventContext
  }

  package struct StandingHold: Hashable, Sendable {
    package var hold: Hold
    package var since: Instant
    package var context: EventContext
  }

  package init() {}

  package mutating func apply(_ event: Event) {
    version = event.streamVersion
    guard case .secret(let fact) = event.payload else { return }
    switch fact {
    case .markedCompromised(let fingerprint):
      // The first word stands.
      if marks[fingerprint] == nil {
        marks[fingerprint] = Mark(at: event.recordedAt, context: event.context)
      }
    case .shredded(let shredding): shredded.formUnion(shredding.copies.map(\.id))
    case .holdAdded(let hold):
      holds.append(StandingHold(hold: hold, since: event.recordedAt, context: event.context))
    case .holdReleased(let id): holds.removeAll { $0.hold.id == id }
    case .refused, .revealed, .keyRotated: break
    }
  }

  /// The secret must never be used again.
  package func isCompromised(_ fingerprint: String) -> Bool { marks[fingerprint] != nil }

  package func mark(of fingerprint: String) -> Mark? { marks[fingerprint] }

  /// The data key of this sealed copy was destroyed: nobody can open it.
  package func isShredded(_ sealedID: UUIDv7) -> Bool { shredded.contains(sealedID) }

  package func holds(covering copy: SealedCopy) -> [StandingHold] {
    holds.filter { $0.hold.covers(copy) }
  }
}
