package import Connections
import EventStore
import Vault

/// Why something was not done to a secret.
package enum SecretFault: Error, Hashable, Sendable {
  /// No update that is recorded had a secret with this fingerprint.
  case notKnown
  /// Legal holds cover it.
  case held([UUIDv7])
  /// Every copy of it was shredded, so it cannot be opened.
  case shredded
  /// It was to be shredded once more. What the first time left in the write-ahead log is scrubbed
  /// as `ShredResult` has it.
  case shreddedBefore(isScrubbed: Bool)
  case notRecorded(RecordingFault)
  /// Revealing is switched off.
  case revealingIsOff
  case doesNotOpen(UUIDv7)
  /// No hold with this id stands.
  case holdNotKnown
  /// Nothing is recorded of a connection of this app.
  case connectionNotKnown
}

/// What shredding did.
package struct ShredResult: Hashable, Sendable {
  /// The sealed copies whose data key is gone.
  package var copies: [SealedCopy]
  /// Matching copies that were left because a hold covers them.
  package var held: [SealedCopy] = []
  /// The connections that go on with it: Okta has it, and Hindsight no more.
  package var holders = SecretHolders()
  /// `false` while the write-ahead log still keeps old pages: somebody reads a state from before,
  /// or the log could not be cut. The next shredding tries again, and so does the next start.
  package var isScrubbed: Bool
}

/// The connections that have a secret.
package struct SecretHolders: Hashable, Sendable {
  /// It is in their credential in force, as far as is known.
  package var certain: [AppID] = []
  /// An update with it is on its way or in doubt.
  package var possible: [AppID] = []
}

/// Everything that is told of one secret in one connection, and never the secret.
package struct KnownSecret: Hashable, Sendable {
  package var fingerprint: String
  package var appID: AppID
  package var field: SecretField
  package var firstUsedAt: Instant
  package var lastUsedAt: Instant
  /// It is in the credential in force, as far as is known.
  package var isCurrent = false
  /// An update with it is on its way or in doubt.
  package var mayBeCurrent = false
  package var mark: SecretStanding.Mark?
  /// No copy of it can be opened any more.
  package var isShredded = false
  /// The holds that cover a copy of it.
  package var holds: [UUIDv7] = []
  /// Other connections that ever had it.
  package var alsoIn: [AppID] = []
}

extension CommandHandler {
  /// Forbids the use of a secret for ever. Marking it again changes nothing: the first word stands.
  ///
  /// - Returns: the connections that hold it now, and whether it was marked by this.
  package func markCompromised(
    _ fingerprint: String, context: EventContext
  ) async throws(SecretFault) -> (holders: SecretHolders, isNew: Bool) {
    do throws(JournalFault) {
      let copies = try await recordedCopies.all().filter { $0.copy.fingerprint == fingerprint }
      if !copies.isEmpty {
        let isNew = try await !secrets.standing().isCompromised(fingerprint)
        if isNew {
          try await secrets.append([.markedCompromised(fingerprint: fingerprint)], context)
        }
        return (try await holders(of: fingerprint, among: Set(copies.map(\.copy.appID))), isNew)
      }
    } catch { throw .notRecorded(RecordingFault(error)) }
    throw .notKnown
  }

  // MARK: - What there is

  /// All secrets that recorded updates had, by connection and in the order of their first use.
  package func knownSecrets() async throws(SecretFault) -> [KnownSecret] {
    do throws(JournalFault) {
      let standing = try await secrets.standing()
      let copies = try await recordedCopies.all()
      let groups = Dictionary(grouping: copies) { recorded in
        [recorded.copy.appID.description, recorded.copy.field.rawValue, recorded.copy.fingerprint]
      }
      let apps = Dictionary(grouping: copies, by: \.copy.fingerprint)
        .mapValues { Set($0.map(\.copy.appID)) }
      var known: [KnownSecret] = []
      var connections: [AppID: Connection] = [:]
      for group in groups.values {
        guard let copy = group.first?.copy else { continue }
        let connection: Connection
        if let loaded = connections[copy.appID] {
          connection = loaded
        } else {
          connection = try await load(copy.appID)
          connections[copy.appID] = connection
        }
        known += [Self.known(group, standing, connection, apps)].compactMap(\.self)
      }
      return known.sorted {
        ($0.appID, $0.firstUsedAt.microseconds, $0.fingerprint)
          < ($1.appID, $1.firstUsedAt.microseconds, $1.fingerprint)
      }
    } catch { throw .notRecorded(RecordingFault(error)) }
  }

  private static func known(
    _ copies: [RecordedCopy], _ standing: SecretStanding, _ connection: Connection,
    _ apps: [String: Set<AppID>]
  ) -> KnownSecret? {
    guard let first = copies.first, let last = copies.last else { return nil }
    let copy = first.copy
    let holds = copies.flatMap { standing.holds(covering: $0.copy).map(\.hold.id) }
    let isIt: (SecretReference) -> Bool = {
      $0.field == copy.field && $0.fingerprint == copy.fingerprint
    }
    return KnownSecret(
      fingerprint: copy.fingerprint, appID: copy.appID, field: copy.field,
      firstUsedAt: first.recordedAt, lastUsedAt: last.recordedAt,
      isCurrent: connection.presentSecrets.contains(where: isIt),
      mayBeCurrent: connection.possibleSecrets.contains(where: isIt),
      mark: standing.mark(of: copy.fingerprint),
      isShredded: copies.allSatisfy { standing.isShredded($0.copy.id) },
      holds: Set(holds).sorted { $0.description < $1.description },
      alsoIn: (apps[copy.fingerprint] ?? []).subtracting([copy.appID]).sorted())
  }

  /// Those of the connections that have the secret, or may have it.
  func holders(
    of fingerprint: String, among apps: Set<AppID>
  ) async throws(JournalFault) -> SecretHolders {
    var holders = SecretHolders()
    for app in apps.sorted() {
      let connection = try await load(app)
      if connection.presentSecrets.contains(where: { $0.fingerprint == fingerprint }) {
        holders.certain.append(app)
      } else if connection.possibleSecrets.contains(where: { $0.fingerprint == fingerprint }) {
        holders.possible.append(app)
      }
    }
    return holders
  }
}

extension Connection {
  /// Those of the credential in force, as far as is known.
  var presentSecrets: [SecretReference] { credential.content?.secrets ?? [] }

  /// Those of updates of which nobody knows yet whether they are carried out.
  var possibleSecrets: [SecretReference] {
    (openIntents + doubts).flatMap { $0.intent.command.updateContent?.secrets ?? [] }
  }
}
