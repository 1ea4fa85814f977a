package import Projections

extension Report {
  /// Enough rows were taken.
  private struct Enough: Error {}

  /// Its first rows, without making the rest.
  ///
  /// - Returns: the rows, and how many there are in all, where that is known without making them.
  ///   A sample has none before it is drawn, for which every change is counted.
  package func firstRows(
    _ limit: Int, from views: ConnectionViews
  ) async throws -> (rows: [[ReportValue]], count: Int?) {
    guard definition.name != .sample else { return ([], nil) }
    var rows: [[ReportValue]] = []
    do {
      let count = try await self.rows(from: views) { row in
        guard rows.count < limit else { throw Enough() }
        rows.append(row)
      }
      return (rows, count)
    } catch is Enough {
      return (rows, try await knownCount(from: views))
    }
  }

  private func knownCount(from views: ConnectionViews) async throws -> Int? {
    switch definition.name {
    case .doubts:
      try await views.count(DoubtRows.kinds, from: from, to: to, size: size)
    case .rollbacks:
      try await views.count(RollbackRows.kinds, from: from, to: to, size: size)
    case .access:
      try await views.count(AccessRows.kinds, from: from, to: to, size: size)
    case .drift: try await views.count(DriftRows.kinds, from: from, to: to, size: size)
    // One row a connection or a gap: few, and made in one go.
    case .currentState, .stateAsOf, .credentialAges, .coverage:
      try await rows(from: views) { _ in }
    case .changes: try await views.countOfChanges(from: from, to: to, size: size)
    case .sample: nil
    }
  }
}
