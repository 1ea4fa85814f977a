package import Connections

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
  /// The fields by which a read of Okta can tell whether it happened; none when no read can.
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

  /// Read from the events of the commands in doubt alone, however long the connection's history is.
  private func openDoubts(
    of version: ConnectionVersion, below size: Int
  ) async throws -> [OpenDoubt] {
    var doubts: [OpenDoubt] = []
    for command in version.snapshot.doubts {
      // Nothing beyond: an event that cannot be read lies there.
      let events = try await self.events(
        EventSelection(commandID: command, before: size, limit: .max))
      var asked: (intent: Intent, context: EventContext)?
      for event in events where event.stream == .connection(version.appID) {
        switch event.payload {
        case .intended(let intent): asked = (intent, event.context)
        case .inDoubt(let outcome):
          guard let asked else { continue }
          doubts.append(
            OpenDoubt(
              appID: version.appID, commandID: command, command: asked.intent.command.kind,
              since: event.recordedAt, context: asked.context, call: outcome.call,
              known: version.snapshot.state, tellingFields: asked.intent.tellingFields))
        default: break
        }
      }
    }
    return doubts
  }
}
