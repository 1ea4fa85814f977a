package import Connections
import EventStore

extension ConnectionViews {
  /// The last reports that left the house, the latest first.
  package func exports(limit: Int) async throws -> [(event: Event, export: Export)] {
    let events = try await journal.events(in: .access, after: 0)
    return events.reversed().lazy.compactMap { event in
      if case .exported(let export) = event.payload { (event, export) } else { nil }
    }.prefix(limit).map { $0 }
  }
}
