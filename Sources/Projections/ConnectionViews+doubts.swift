package import Connections
import EventStore

/// A command that may have happened, and nobody knows yet.
package struct OpenDoubt: Hashable, Sendable {
  package var appID: AppID
  package var commandID: CommandID
  package var command: ConnectionCommand.Kind
  /// When it became a doubt.
  package var since: Instant
  /// Who asked for the command, and why.
  package var context: EventContext
  /// What was seen of the call.
  package var call: CallRecord
  /// The last state that was read.
  package var known: ConnectionState?
  /// The fields by which a read of Okta can still tell whether it happened; none when no read can.
  package var tellingFields: [Intent.VisibleField]
}

extension ConnectionViews {
  /// The open doubts of all connections, the oldest first.
  package func doubts() async throws -> (doubts: [OpenDoubt], trueAt: TrueAt) {
    let (connections, trueAt) = try await connections(at: .now)
    var doubts: [OpenDoubt] = []
    for connection in connections {
      doubts += try await openDoubts(of: connection, below: trueAt.size)
    }
    return (doubts.sorted { $0.since < $1.since }, trueAt)
  }

  /// The open doubts of one connection.
  package func doubts(of app: AppID) async throws -> [OpenDoubt] {
    let (found, trueAt) = try await connection(app, at: .now)
    guard let found else { return [] }
    return try await openDoubts(of: found, below: trueAt.size)
  }

  /// The commands that have no outcome yet, of one connection or of all: somebody carries them out
  /// right now, or they were cut, and may have happened.
  package func openCommands(of app: AppID? = nil) async throws -> [HistoryItem] {
    var found: [HistoryItem] = []
    for stream in try await journal.streamsWithOpenIntents() where app == nil || stream == app {
      found += try await history(of: stream).items.filter { $0.ending == .open }
    }
    return found
  }

  /// Those of one connection that had none when the journal had so many events. One runs at a time,
  /// so it is among the last events.
  package func openCommands(of app: AppID, below size: Int) async throws -> [HistoryItem] {
    let last = try await events(
      EventSelection(appID: app, before: size, isNewestFirst: true, limit: Self.lastEvents))
    return HistoryItem.collect(last.reversed()).filter { $0.ending == .open }
  }

  private static let lastEvents = 32

  /// What a read can still tell depends on all that came after the doubt, so the connection is
  /// folded; one without a doubt is not read at all.
  private func openDoubts(
    of version: ConnectionVersion, below size: Int
  ) async throws -> [OpenDoubt] {
    guard !version.snapshot.doubts.isEmpty else { return [] }
    // Nothing beyond: an event that cannot be read lies there.
    let events = try await self.events(
      EventSelection(appID: version.appID, before: size, limit: .max))
    let connection = try Connection(appID: version.appID, folding: events)
    return connection.doubts.compactMap { open in
      var context: EventContext?
      var call = CallRecord()
      for event in events where event.context.commandID == open.commandID {
        switch event.payload {
        case .intended: context = event.context
        case .inDoubt(let outcome): call = outcome.call
        default: break
        }
      }
      guard let context, let since = open.inDoubtSince else { return nil }
      return OpenDoubt(
        appID: version.appID, commandID: open.commandID, command: open.intent.command.kind,
        since: since, context: context, call: call, known: connection.known?.state,
        tellingFields: connection.tellingFields(of: open))
    }
  }
}
