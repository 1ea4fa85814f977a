package import Connections
import EventStore

/// Why something was not done to a secret.
package enum SecretFault: Error, Hashable, Sendable {
  /// No update that is recorded had a secret with this fingerprint.
  case notKnown
  case notRecorded(RecordingFault)
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
