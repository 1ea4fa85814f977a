package import Connections
import GRDB

extension ConnectionViews {
  /// The last reports that left the house, the latest first.
  package func exports(limit: Int) async throws -> [(event: Event, export: Export)] {
    try await catchUp()
    let places = try await views.read { database in
      try Int.fetchAll(
        database.cachedStatement(
          sql: "SELECT event_index FROM places WHERE type = ? ORDER BY event_index DESC LIMIT ?"),
        arguments: [EventPayload.Kind.exported.rawValue, limit])
    }
    var exports: [(event: Event, export: Export)] = []
    for place in places {
      if let event = try await event(at: place), case .exported(let export) = event.payload {
        exports.append((event, export))
      }
    }
    return exports
  }
}
