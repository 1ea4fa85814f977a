import Connections
import GRDB

extension ConnectionSummary {
  /// The columns of a summary, in the order in which `init(_:from:)` reads them.
  static let columns = """
    first_at, changes, last_index, last_at, last_by, last_ticket, last_what, set_at, drift_at, \
    refused_at, rollbacks, doubt_since, awaiting_since, label, app_name
    """

  /// A label is told by another stream than the rest: a fold that began later knows none, and takes
  /// none away.
  func write(_ database: Database, number: Int64) throws {
    try database.cachedStatement(
      sql: """
        UPDATE connections SET (\(Self.columns)) =
          (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, coalesce(?, label), coalesce(?, app_name))
        WHERE number = ?
        """
    ).execute(arguments: [
      firstAt?.microseconds, changes, last?.index, last?.at.microseconds, last?.by, last?.ticket,
      last?.what, setAt?.microseconds, driftAt?.microseconds, refusedAt?.microseconds,
      rollbacks, doubtSince?.microseconds, awaitingSince?.microseconds,
      label?.label, label?.name, number,
    ])
  }

  /// - Parameter start: the column at which the summary begins.
  init(_ row: Row, from start: Int) {
    func moment(_ column: Int) -> Instant? {
      (row[start + column] as Int64?).map { Instant(microseconds: $0) }
    }
    self.init()
    firstAt = moment(0)
    changes = row[start + 1]
    if let index = row[start + 2] as Int?, let at = moment(3), let by = row[start + 4] as String?,
      let what = row[start + 6] as String?
    {
      last = Change(index: index, at: at, by: by, ticket: row[start + 5], what: what)
    }
    setAt = moment(7)
    driftAt = moment(8)
    refusedAt = moment(9)
    rollbacks = row[start + 10]
    doubtSince = moment(11)
    awaitingSince = moment(12)
    label = (row[start + 13] as String?).map { AppLabel(label: $0, name: row[start + 14]) }
  }
}
