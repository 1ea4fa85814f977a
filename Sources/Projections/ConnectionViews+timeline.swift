package import Connections
import EventStore

/// A page of what happened to a connection.
package struct TimelinePage: Sendable {
  package var items: [HistoryItem]
  /// The version before which the next page begins, or after which, the oldest first; `nil` after
  /// the last page.
  package var next: Int?
  package var trueAt: TrueAt
}

extension ConnectionViews {
  /// What happened to a connection: each command with its intent and its outcome as one item.
  ///
  /// - Parameters:
  ///   - position: the version of the stream before which the page begins, or after which, the
  ///     oldest first; absent begins at the present, or at the first event.
  ///   - size: only events below this index count, so that all pages are true at one point.
  ///   - limit: events to look through for a page.
  package func timeline(
    of appID: AppID, from position: Int? = nil, isNewestFirst: Bool = true, size: Int? = nil,
    limit: Int = 100
  ) async throws -> TimelinePage {
    let head = try await journal.head().size
    let size = min(size ?? head, head)
    var trueAt = TrueAt(size: size)
    trueAt.time = try await journal.events(EventSelection(after: size - 2, limit: 1)).first?
      .recordedAt
    let stream = StreamID.connection(appID)
    let last = try await journal.version(of: stream)
    let (start, end) =
      if isNewestFirst {
        (max(0, (position.map { $0 - 1 } ?? last) - limit), position.map { $0 - 1 } ?? last)
      } else {
        (position ?? 0, min(last, (position ?? 0) + limit))
      }
    let window = try await journal.events(in: stream, after: start, limit: max(0, end - start))
      .filter { $0.index < size }
    let items = try await complete(window, size: size)
    guard isNewestFirst else {
      // What came after the first page was asked for is on no page.
      let isWhole = window.count == end - start
      return TimelinePage(items: items, next: isWhole && end < last ? end : nil, trueAt: trueAt)
    }
    return TimelinePage(
      items: items.reversed(), next: start > 0 ? start + 1 : nil, trueAt: trueAt)
  }

  /// The items that begin in a window of events, with what was recorded of them after it.
  private func complete(_ window: [Event], size: Int) async throws -> [HistoryItem] {
    guard let first = window.first else { return [] }
    let commands = Set(window.compactMap(\.context.commandID))
    let ends = try await journal.events(ofCommands: Array(commands)).filter { event in
      event.index < size && event.index >= first.index && event.stream == first.stream
    }
    let known = Set(ends.map(\.index))
    let all = (window.filter { !known.contains($0.index) } + ends).sorted { $0.index < $1.index }
    let last = window.last?.index ?? first.index
    return HistoryItem.collect(all).filter { $0.indexes.first.map { $0 <= last } == true }
  }

  /// The events of a command and of everything that it caused, in order.
  package func course(of commandID: CommandID) async throws -> [Event] {
    try await journal.events(ofCommands: [commandID])
  }

  /// One event with its place, and how far the journal has grown since.
  package func event(at index: Int) async throws -> Event? {
    try await journal.events(EventSelection(after: index - 1, limit: 1)).first
      .flatMap { $0.index == index ? $0 : nil }
  }

  /// The size of the journal and its RFC 6962 root, in hex.
  package func journalEnd() async throws -> (size: Int, root: String) {
    let head = try await journal.head()
    return (head.size, head.rootText)
  }
}
