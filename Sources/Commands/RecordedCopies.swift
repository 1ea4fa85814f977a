import Connections
import EventStore

/// A sealed secret of an update, and the intent to which it is bound.
struct RecordedCopy: Sendable {
  var copy: SealedCopy
  var reference: SecretReference
  var intentID: EventID
  var recordedAt: Instant
}

/// The sealed secrets of all recorded updates. It follows the journal: an event that was read once
/// is not read again, so a question costs what is new since the last one.
actor RecordedCopies {
  private let reader: any JournalReader
  private var copies: [RecordedCopy] = []
  /// The size that the journal had when it was followed so far.
  private(set) var size = 0

  /// Events read at once.
  private static let pageSize = 5_000

  init(reader: any JournalReader) { self.reader = reader }

  /// All that are recorded now, in order.
  func all() async throws(JournalFault) -> [RecordedCopy] {
    let head = try await reader.head().size
    var selection = EventSelection(
      type: .intended, after: size - 1, before: head, limit: Self.pageSize)
    while size < head {
      let page = try await reader.events(selection)
      for event in page { take(event) }
      if page.count == selection.limit, let last = page.last {
        selection.after = last.index
      } else {
        size = max(size, head)
      }
    }
    return copies
  }

  /// Others may have followed further meanwhile: each event is taken in its turn, once.
  private func take(_ event: Event) {
    guard event.index >= size else { return }
    size = event.index + 1
    guard let app = event.stream.appID else { return }
    for reference in event.payload.sealedReferences {
      let copy = SealedCopy(
        id: reference.id, appID: app, field: reference.field, fingerprint: reference.fingerprint)
      copies.append(
        RecordedCopy(
          copy: copy, reference: reference, intentID: event.id, recordedAt: event.recordedAt))
    }
  }
}
