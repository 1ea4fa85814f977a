package import Connections

/// What should catch the eye on a connection.
package enum Mark: String, Hashable, Sendable, CaseIterable {
  case inDoubt, awaitingConsent, drift, compromised, refused, rolledBack, oldToken, sharedToken
  case neverChanged, notReadBack, onARuling
  /// A rollback that stopped, runs, or waits for a person.
  case rollbackOpen
}

/// A connection as a list shows it.
package struct ListedConnection: Hashable, Sendable {
  package var version: ConnectionVersion
  package var summary: ConnectionSummary
  package var marks: Set<Mark> = []

  package var appID: AppID { version.appID }
  package var snapshot: ConnectionSnapshot { version.snapshot }

  /// When the secret in force was set, and whether it may be older.
  package func secretSince() -> (since: Instant, orBefore: Bool)? {
    guard snapshot.state?.authScheme == ConnectionState.Word.token else { return nil }
    switch snapshot.credentialKind {
    case .neverRecorded: return summary.firstAt.map { ($0, true) }
    case .recorded: return summary.setAt.map { ($0, false) }
    // When that was seen is known, and not when it was, nor whether the secret moved with it.
    case .changedElsewhere: return summary.setAt.map { ($0, true) }
    }
  }
}

/// Which connections, in which order.
package struct ConnectionQuery: Hashable, Sendable {
  package enum Sort: String, Sendable, CaseIterable {
    case connection, scheme, status, lastChange, tokenAge, changes
  }

  /// In the label, the app's kind or the id.
  package var text: String?
  package var scheme: String?
  package var status: String?
  package var mark: Mark?
  /// With the secret of this fingerprint, or of its beginning.
  package var fingerprint: String?
  /// With a token that was set more than so many days ago, or may have been.
  package var olderThanDays: Int?
  package var sort: Sort?
  package var isDescending = false

  package init() {}

  func chosen(from rows: [ListedConnection], at moment: Instant) -> [ListedConnection] {
    rows.filter { admits($0, at: moment) }.sorted(by: precedes)
  }

  private func admits(_ row: ListedConnection, at now: Instant) -> Bool {
    let state = row.snapshot.state
    if let scheme, state?.authScheme != scheme { return false }
    if let status, state?.status != status { return false }
    if let mark, !row.marks.contains(mark) { return false }
    if let fingerprint, row.snapshot.fingerprint?.hasPrefix(fingerprint) != true { return false }
    if let olderThanDays {
      guard let (since, orBefore) = row.secretSince(),
        orBefore || now.epochSeconds - since.epochSeconds > Int64(olderThanDays) * 86_400
      else { return false }
    }
    guard let text = text?.lowercased(), !text.isEmpty else { return true }
    return [row.appID.description, row.summary.label?.label, row.summary.label?.name]
      .contains { $0?.lowercased().contains(text) == true }
  }

  /// Every order is total: what is equal goes by app id.
  private func precedes(_ left: ListedConnection, _ right: ListedConnection) -> Bool {
    let order: (less: Bool, more: Bool)
    switch sort ?? .connection {
    case .connection: order = compare(left, right) { $0.name.lowercased() }
    case .scheme: order = compare(left, right) { $0.snapshot.state?.authScheme ?? "" }
    case .status: order = compare(left, right) { $0.snapshot.state?.status ?? "" }
    case .lastChange: order = compare(left, right) { $0.summary.last?.at.microseconds ?? 0 }
    case .changes: order = compare(left, right) { $0.summary.changes }
    case .tokenAge:
      order = compare(left, right) { -($0.secretSince()?.since.microseconds ?? .max - 1) }
    }
    if order.less == order.more { return left.appID < right.appID }
    return isDescending ? order.more : order.less
  }

  private func compare<Key: Comparable>(
    _ left: ListedConnection, _ right: ListedConnection, by key: (ListedConnection) -> Key
  ) -> (less: Bool, more: Bool) {
    (key(left) < key(right), key(right) < key(left))
  }
}

extension ListedConnection {
  /// The label where one is known, and else the id.
  package var name: String { summary.label?.label ?? appID.description }
}
