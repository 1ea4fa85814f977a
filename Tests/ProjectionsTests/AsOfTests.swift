import Connections
import EventStore
import Fixtures
import Testing

@testable import Projections

@Suite struct `A connection as it was known` {
  private static let seeds = Array(UInt64(1)...20)

  private func history(_ seed: UInt64) async throws -> (ConnectionViews, [Event], [AppID]) {
    let journal = InMemoryJournal()
    var history = try RandomHistory(seed: seed)
    try await history.extend(journal, steps: 50)
    let events = try await journal.events(EventSelection(limit: .max))
    return (try await ConnectionViews.inMemory(of: journal), events, history.apps)
  }

  /// The fold of what had been recorded by then, by app.
  private func fold(_ events: some Sequence<Event>) throws -> [AppID: Connection] {
    var connections: [AppID: Connection] = [:]
    for event in events {
      guard let app = event.stream.appID else { continue }
      var connection = connections[app] ?? Connection(appID: app)
      try connection.apply(event)
      connections[app] = connection
    }
    return connections
  }

  private func expect(
    _ found: [ConnectionVersion], equals connections: [AppID: Connection], _ comment: Comment
  ) {
    for connection in connections.values {
      let snapshot = ConnectionSnapshot(connection)
      if let version = found.first(where: { $0.appID == connection.appID }) {
        #expect(version.snapshot == snapshot, comment)
        #expect(version.version <= connection.version, comment)
      } else {
        // Nothing is shown of an app of which nothing was known.
        #expect(snapshot.state == nil && snapshot.doubts.isEmpty, comment)
      }
    }
    #expect(found.map(\.appID) == found.map(\.appID).sorted(), comment)
    #expect(found.allSatisfy { connections[$0.appID] != nil }, comment)
  }

  @Test(arguments: seeds)
  func `at each index is the fold of all events up to it`(seed: UInt64) async throws {
    let (views, events, _) = try await history(seed)
    for index in events.indices {
      let (found, trueAt) = try await views.connections(at: .index(index))
      expect(found, equals: try fold(events[...index]), "index \(index)")
      #expect(trueAt == TrueAt(size: index + 1, time: events[index].recordedAt))
    }
  }

  @Test(arguments: seeds)
  func `at each moment is the fold of all events recorded by then`(seed: UInt64) async throws {
    let (views, events, apps) = try await history(seed)
    for moment in Set(events.map(\.recordedAt)).sorted() {
      for instant in [moment.adding(seconds: -1), moment] {
        let known = events.filter { $0.recordedAt <= instant }
        let (found, trueAt) = try await views.connections(at: .time(instant))
        expect(found, equals: try fold(known), "\(instant)")
        #expect(trueAt == TrueAt(size: known.count, time: instant))
      }
      let one = try await views.connection(apps[0], at: .time(moment)).connection
      let all = try await views.connections(at: .time(moment)).connections
      #expect(one == all.first { $0.appID == apps[0] })
    }
  }

  @Test(arguments: seeds)
  func `now is the fold of all events`(seed: UInt64) async throws {
    let (views, events, apps) = try await history(seed)
    let (found, trueAt) = try await views.connections(at: .now)
    expect(found, equals: try fold(events), "now")
    #expect(found.count >= apps.count - 1)
    #expect(trueAt == TrueAt(size: events.count, time: events.last?.recordedAt))
    for version in found {
      #expect(try await views.connection(version.appID, at: .now).connection == version)
      let event = events[version.index]
      #expect(event.stream == .connection(version.appID))
      #expect(event.streamVersion == version.version)
      #expect(event.recordedAt == version.recordedAt)
    }
  }

  @Test func `is nothing before the first event, and of an unknown app`() async throws {
    let (views, events, apps) = try await history(3)
    let unknown = try #require(AppID("unknown"))
    let start = events[0].recordedAt
    for point in [PointInHistory.now, .index(0), .index(1_000), .time(start)] {
      #expect(try await views.connection(unknown, at: point).connection == nil)
    }
    let before = try await views.connection(apps[0], at: .time(start.adding(seconds: -1)))
    #expect(before.connection == nil)
    #expect(before.trueAt.size == 0)
    let last = try await views.connections(at: .index(1_000))
    #expect(last.trueAt.size == events.count)
  }

  @Test func `is nothing while the journal is empty`() async throws {
    let views = try await ConnectionViews.inMemory(of: InMemoryJournal())
    let (found, trueAt) = try await views.connections(at: .now)
    #expect(found == [])
    #expect(trueAt == TrueAt(size: 0, time: nil))
  }
}
