package import Connections
import EventStore

extension ConnectionViews {
  /// All that happened to one connection, the oldest first.
  ///
  /// - Parameter size: only what was recorded below this index; absent is all.
  package func history(
    of appID: AppID, size: Int? = nil
  ) async throws -> (items: [HistoryItem], trueAt: TrueAt) {
    // The head first: what is recorded from then on is no part of what is true at it.
    let head = try await journal.head().size
    let size = min(size ?? head, head)
    let events: [Event]
    do throws(JournalFault) {
      events = try await journal.events(in: .connection(appID), after: 0)
        .filter { $0.index < size }
    } catch { throw error.stop }
    return (
      HistoryItem.collect(events), TrueAt(size: size, time: events.last?.recordedAt)
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

  /// A page of changes: one item for each intended command and for each that policy refused, by
  /// the order of their intents.
  ///
  /// - Parameter selection: whether of one connection or of all, of which period, from which index
  ///   on, in which direction, and how many.
  /// - Parameter size: only events below this index count, so that all pages are true at one point.
  /// - Returns: the items, and the index after which, or before which, the next page begins; `nil`
  ///   after the last.
  package func changes(
    _ selection: EventSelection, size: Int
  ) async throws -> (items: [HistoryItem], next: Int?) {
    var selection = selection
    selection.beginsAChange = true
    selection.before = min(selection.before ?? size, size)
    let begun = try await events(selection)
    let others = try await journal.events(ofCommands: begun.compactMap(\.context.commandID))
    let indexes = Set(begun.map(\.index))
    // A rollback's own events and what was recorded after `size` are no part of these rows.
    let events = others.filter { event in
      event.index < size && (indexes.contains(event.index) || event.payload.kind.endsACommand)
    }
    let items = HistoryItem.collect(events)
    return (
      selection.isNewestFirst ? items.reversed() : items,
      begun.count == selection.limit ? begun.last?.index : nil
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

extension EventPayload.Kind {
  fileprivate var endsACommand: Bool { isOutcome || self == .resolved }
}
