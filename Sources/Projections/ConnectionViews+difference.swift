package import Connections
import EventStore

extension ConnectionViews {
  /// What differs between two points, of one connection or of all; connections without a difference
  /// are left out, but for the one that is asked for.
  package func difference(
    of appID: AppID? = nil, from: PointInHistory, to: PointInHistory
  ) async throws -> (found: [ConnectionDifference], from: TrueAt, to: TrueAt) {
    if let appID {
      let (before, first) = try await connection(appID, at: from)
      let (after, last) = try await connection(appID, at: to)
      guard before != nil || after != nil else { return ([], first, last) }
      let found = ConnectionDifference(
        appID, label: try await labels(below: last.size)[appID], from: before, to: after)
      return ([found], first, last)
    }
    let (before, first) = try await connections(at: from)
    let (after, last) = try await connections(at: to)
    let labels = try await labels(below: last.size)
    let were = Dictionary(before.map { ($0.appID, $0) }) { first, _ in first }
    let are = Dictionary(after.map { ($0.appID, $0) }) { first, _ in first }
    let found = Set(were.keys).union(are.keys).sorted().map { app in
      ConnectionDifference(app, label: labels[app], from: were[app], to: are[app])
    }
    return (found.filter { !$0.moved.isEmpty }, first, last)
  }
}
