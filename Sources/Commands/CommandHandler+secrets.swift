package import Connections
import EventStore
import Vault

/// Why something was not done to a secret.
package enum SecretFault: Error, Hashable, Sendable {
  /// No update that is recorded had a secret with this fingerprint.
  case notKnown
  /// Legal holds cover it.
  case held([UUIDv7])
  /// Every copy of it was shredded before.
  case shredded
  case notRecorded(RecordingFault)
  /// Revealing is switched off.
  case revealingIsOff
  case doesNotOpen(UUIDv7)
  /// No hold with this id stands.
  case holdNotKnown
}

/// What shredding did.
package struct ShredResult: Hashable, Sendable {
  /// The sealed copies whose data key is gone.
  package var copies: [SealedCopy]
  /// Matching copies that were left because a hold covers them.
  package var held: [SealedCopy]
  /// `false` while somebody still reads a state from before: the write-ahead log keeps the old
  /// pages until then.
  package var isScrubbed: Bool
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
  /// - Returns: the connections that hold it now, as far as is known.
  package func markCompromised(
    _ fingerprint: String, context: EventContext
  ) async throws(SecretFault) -> [AppID] {
    do throws(JournalFault) {
      let copies = try await recordedCopies { $0.fingerprint == fingerprint }
      if !copies.isEmpty {
        if try await !secrets.standing().isCompromised(fingerprint) {
          try await secrets.append([.markedCompromised(fingerprint: fingerprint)], context)
        }
        return try await holders(of: fingerprint, among: Set(copies.map(\.copy.appID)))
      }
    } catch { throw .notRecorded(RecordingFault(error)) }
    throw .notKnown
  }

  // MARK: - What there is

  /// All secrets that recorded updates had, by connection and in the order of their first use.
  package func knownSecrets() async throws(SecretFault) -> [KnownSecret] {
    do throws(JournalFault) {
      let standing = try await secrets.standing()
      let copies = try await recordedCopies { _ in true }
      let groups = Dictionary(grouping: copies) { recorded in
        [recorded.copy.appID.description, recorded.copy.field.rawValue, recorded.copy.fingerprint]
      }
      let apps = Dictionary(grouping: copies, by: \.copy.fingerprint)
        .mapValues { Set($0.map(\.copy.appID)) }
      var current: Set<[String]> = []
      for app in Set(copies.map(\.copy.appID)) {
        for reference in try await load(app).credential.content?.secrets ?? [] {
          current.insert([app.description, reference.field.rawValue, reference.fingerprint])
        }
      }
      return groups.compactMap { key, group in
        Self.known(group, standing, current.contains(key), apps)
      }.sorted {
        ($0.appID, $0.firstUsedAt.microseconds, $0.fingerprint)
          < ($1.appID, $1.firstUsedAt.microseconds, $1.fingerprint)
      }
    } catch { throw .notRecorded(RecordingFault(error)) }
  }

  private static func known(
    _ copies: [RecordedCopy], _ standing: SecretStanding, _ isCurrent: Bool,
    _ apps: [String: Set<AppID>]
  ) -> KnownSecret? {
    guard let first = copies.first, let last = copies.last else { return nil }
    let copy = first.copy
    let holds = copies.flatMap { standing.holds(covering: $0.copy).map(\.hold.id) }
    return KnownSecret(
      fingerprint: copy.fingerprint, appID: copy.appID, field: copy.field,
      firstUsedAt: first.recordedAt, lastUsedAt: last.recordedAt, isCurrent: isCurrent,
      mark: standing.mark(of: copy.fingerprint),
      isShredded: copies.allSatisfy { standing.isShredded($0.copy.id) },
      holds: Set(holds).sorted { $0.description < $1.description },
      alsoIn: (apps[copy.fingerprint] ?? []).subtracting([copy.appID]).sorted())
  }

  /// A sealed secret of an update, and the intent to which it is bound.
  struct RecordedCopy: Sendable {
    var copy: SealedCopy
    var reference: SecretReference
    var intentID: EventID
    var recordedAt: Instant
  }

  /// The sealed secrets of all recorded updates that match, in order. Reads every intent.
  func recordedCopies(
    _ isWanted: (SecretReference) -> Bool
  ) async throws(JournalFault) -> [RecordedCopy] {
    var found: [RecordedCopy] = []
    var selection = EventSelection(type: .intended, limit: 5_000)
    while true {
      let page = try await reader.events(selection)
      for event in page {
        guard let app = event.stream.appID else { continue }
        for reference in event.payload.sealedReferences where isWanted(reference) {
          let copy = SealedCopy(
            id: reference.id, appID: app, field: reference.field,
            fingerprint: reference.fingerprint)
          found.append(
            RecordedCopy(
              copy: copy, reference: reference, intentID: event.id, recordedAt: event.recordedAt))
        }
      }
      guard page.count == selection.limit, let last = page.last else { return found }
      selection.after = last.index
    }
  }

  /// Those of the connections whose credential in force has the secret.
  private func holders(
    of fingerprint: String, among apps: Set<AppID>
  ) async throws(JournalFault) -> [AppID] {
    var holders: [AppID] = []
    for app in apps.sorted() {
      let secrets = try await load(app).credential.content?.secrets ?? []
      if secrets.contains(where: { $0.fingerprint == fingerprint }) { holders.append(app) }
    }
    return holders
  }
}
