import Connections
import GRDB

extension ConnectionSummary {
  /// The columns of a summary, in the order in which `bind` writes and `init(_:from:)` reads them.
  static let columns = """
    changes, last_index, last_at, last_by, last_ticket, last_what, set_at, drift_at, refused_at, \
    rollbacks, doubt_since, awaiting_since, rollback_id, rollback_since
    """

  func bind(to row: inout BoundRow) {
    row.bind(changes)
    row.bind(last?.index)
    row.bind(last?.at)
    row.bind(last?.by)
    row.bind(last?.ticket)
    row.bind(last?.what)
    row.bind(setAt)
    row.bind(driftAt)
    row.bind(refusedAt)
    row.bind(rollbacks)
    row.bind(doubtSince)
    row.bind(awaitingSince)
    row.bind(openRollback?.id.description)
    row.bind(openRollback?.since)
  }

  /// - Parameter start: the column at which the summary begins.
  init(_ row: Row, from start: Int) {
    func moment(_ column: Int) -> Instant? {
      (row[start + column] as Int64?).map { Instant(microseconds: $0) }
    }
    self.init()
    changes = row[start]
    if let index = row[start + 1] as Int?, let at = moment(2), let by = row[start + 3] as String?,
      let what = row[start + 5] as String?
    {
      last = Change(index: index, at: at, by: by, ticket: row[start + 4], what: what)
    }
    setAt = moment(6)
    driftAt = moment(7)
    refusedAt = moment(8)
    rollbacks = row[start + 9]
    doubtSince = moment(10)
    awaitingSince = moment(11)
    if let id = (row[start + 12] as String?).flatMap({ UUIDv7($0) }), let since = moment(13) {
      openRollback = OpenRollback(id: id, since: since)
    }
  }
}
