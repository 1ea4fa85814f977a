package import Connections
import EventStore

extension ConnectionViews {
  /// All that happened to one connection, the oldest first.
  package func history(
    of appID: AppID
  ) async throws -> (items: [HistoryItem], trueAt: TrueAt) {
    // The head first: what is recorded from then on is no part of what is true at it.
    let head = try await journal.head()
    let events: [Event]
    do throws(JournalFault) {
      events = try await journal.events(in: .connection(appID), after: 0)
        .filter { $0.index < head.size }
    } catch { throw error.stop }
    return (
      HistoryItem.collect(events), TrueAt(size: head.size, time: events.last?.recordedAt)
    )
  }

  /// The events of one command, of a rollback and of its steps, in order.
  package func events(of commandID: CommandID) async throws -> [Event] {
    do throws(JournalFault) { return try await journal.events(ofCommands: [commandID]) } catch {
      throw error.stop
    }
  }

  /// A page of events.
  package func events(_ selection: EventSelection) async throws -> [Event] {
    do throws(JournalFault) { return try await journal.events(selection) } catch {
      throw error.stop
    }
  }

  /// A page of changes: one item for each intended command and for each that policy refused, in the
  /// order of their intents.
  ///
  /// - Parameters:
  ///   - app: of one connection alone; of it `limit` events are looked through for a page.
  ///   - size: only events below this index count, so that all pages are true at one point.
  /// - Returns: the items, and the index after which the next page begins; `nil` after the last.
  package func changes(
    of app: AppID? = nil, from: Instant?, to: Instant?, after: Int?, size: Int, limit: Int
  ) async throws -> (items: [HistoryItem], next: Int?) {
    let looked: [Event]
    if app != nil {
      looked = try await self.events(
        EventSelection(appID: app, from: from, to: to, after: after, before: size, limit: limit))
    } else {
      looked = try await journal.changes(from: from, to: to, after: after, limit: limit)
        .filter { $0.index < size }
    }
    let intents = looked.filter(\.payload.beginsAChange)
    let others = try await journal.events(
      ofCommands: intents.compactMap(\.context.commandID))
    let began = Set(intents.map(\.index))
    // A rollback's own events and what was recorded after `size` are no part of these rows.
    let events = others.filter { event in
      event.index < size && (began.contains(event.index) || event.payload.kind.endsACommand)
    }
    return (
      HistoryItem.collect(events), looked.count == limit ? looked.last?.index : nil
    )
  }

  /// The number of events in the journal.
  package func size() async throws -> Int { try await journal.head().size }

  /// The number of events recorded up to and including a moment.
  package func size(asOf instant: Instant) async throws -> Int {
    try await journal.size(asOf: instant)
  }
}

extension JournalFault {
  /// The same, where an event that cannot be read is what stops an answer.
  fileprivate var stop: any Error {
    if case .unreadable(let index, let fault) = self {
      ViewsStop(index: index, cause: .unreadable(fault))
    } else {
      self
    }
  }
}

extension EventPayload {
  /// An intent, or a refusal by policy, which has none.
  var beginsAChange: Bool {
    switch self {
    case .intended: true
    case .refused(let outcome), .notSent(let outcome): outcome.refusedKind != nil
    default: false
    }
  }
}

extension EventPayload.Kind {
  fileprivate var endsACommand: Bool { isOutcome || self == .resolved }
}
