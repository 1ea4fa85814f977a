package import Connections

/// Which changes, by what they say of themselves.
package struct ChangeQuery: Hashable, Sendable {
  /// How it ended; `open` where it has no outcome yet.
  package enum Outcome: String, CaseIterable, Sendable {
    case open, succeeded, refused, notSent, inDoubt, resolved
  }

  package var from: Instant?
  /// Before this time.
  package var to: Instant?
  /// Who, by id or by name.
  package var actor: String?
  package var appID: AppID?
  package var outcome: Outcome?
  package var isNewestFirst = false

  package init() {}

  func admits(_ item: HistoryItem) -> Bool {
    if let actor, item.context.actor.id != actor, item.context.actor.display != actor {
      return false
    }
    guard let outcome else { return true }
    return switch item.ending {
    case .open?: outcome == .open
    case .succeeded?: outcome == .succeeded
    case .refused?: outcome == .refused
    case .notSent?: outcome == .notSent
    case .inDoubt?: outcome == .inDoubt
    case .resolved?: outcome == .resolved
    case nil: false
    }
  }
}

extension ConnectionViews {
  private static let changesAtOnce = 200

  /// A page of the changes that a query admits, in its order.
  ///
  /// - Parameters:
  ///   - position: the index after which the page begins, or before which, the newest first.
  ///   - size: only events below this index count, so that all pages are true at one point.
  ///   - most: so many changes are looked at for a page, which may then have few of them, or none.
  /// - Returns: the items, and from where the next page begins; `nil` after the last.
  package func changes(
    _ query: ChangeQuery, from position: Int? = nil, size: Int, limit: Int,
    lookingAt most: Int = .max
  ) async throws -> (items: [HistoryItem], next: Int?) {
    var items: [HistoryItem] = []
    var position = position
    var looked = 0
    while looked < most {
      let page = try await changes(
        EventSelection(
          appID: query.appID, from: query.from, to: query.to,
          after: query.isNewestFirst ? nil : position,
          before: query.isNewestFirst ? position : nil, isNewestFirst: query.isNewestFirst,
          limit: Self.changesAtOnce), size: size)
      looked += Self.changesAtOnce
      for item in page.items {
        guard items.count < limit else { return (items, position) }
        position = item.indexes.first
        if query.admits(item) { items.append(item) }
      }
      guard let next = page.next else { return (items, nil) }
      position = next
    }
    return (items, position)
  }
}
