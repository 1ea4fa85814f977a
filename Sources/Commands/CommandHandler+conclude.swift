import Connections
import EventStore
import Logging
import OktaAPI
import Upstream
import Vault

extension CommandHandler {
  /// All that is to be recorded of a call that was made.
  struct Conclusion: Sendable {
    var request: CommandRequest
    var verdict: CallVerdict
    var after: Reading?
    /// Chosen before the answer was sealed, which is bound to it.
    var outcomeID: EventID
    var kept: (reference: SecretReference, sealed: SealedSecret)?

    /// What an event can hold in any case.
    var withoutState: Conclusion {
      var conclusion = self
      conclusion.after = after.map { _ in Reading(without: "tooLarge") }
      return conclusion
    }
  }

  /// Records an outcome, once: where the journal has one already, nothing is added.
  func record(
    _ conclusion: Conclusion, in connection: inout Connection
  ) async throws(AppendFault) {
    do throws(AppendFault) { try await append(conclusion, to: &connection) } catch {
      guard case .journal(.eventTooLarge) = error else { throw error }
      // What Okta showed is longer than an event may be: how the command ended is not.
      try await append(conclusion.withoutState, to: &connection)
    }
  }

  private func append(
    _ conclusion: Conclusion, to connection: inout Connection
  ) async throws(AppendFault) {
    let commandID = conclusion.request.commandID
    try await append(
      to: &connection, context: conclusion.request.context,
      named: EventName(kinds: [.succeeded, .refused], id: conclusion.outcomeID),
      secrets: conclusion.kept.map { [$0.sealed] } ?? []
    ) { connection in
      guard connection.openIntents.contains(where: { $0.commandID == commandID }) else {
        return []
      }
      return connection.conclude(
        commandID, verdict: conclusion.verdict, after: conclusion.after,
        answer: conclusion.kept?.reference)
    }
  }

  /// Keeps what is known of a call in memory, and the connection's turn with it, until it is
  /// recorded: no other command of this connection runs on a history that lacks it. Only the end of
  /// the process gives up, and then the next start finds a doubt.
  func keepRecording(_ conclusion: Conclusion) async {
    let request = conclusion.request
    await turns.share(request.appID)
    track {
      if let connection = await self.recordAtLast(conclusion),
        connection.doubts.contains(where: { $0.commandID == request.commandID })
      {
        await self.settle(connection, with: request.credential, headers: request.headers)
      }
      await self.turns.release(request.appID)
    }
  }

  /// - Returns: `nil` when the process ends before.
  private func recordAtLast(_ conclusion: Conclusion) async -> Connection? {
    let commandID = conclusion.request.commandID
    for attempt in 0... {
      let isLast = await !pause(limits.pauseBeforeRecording(attempt: attempt))
      do throws(AppendFault) {
        var connection = try await loaded(conclusion.request.appID)
        try await record(conclusion, in: &connection)
        logger.notice(
          "the outcome of a command is recorded at last", metadata: ["command": "\(commandID)"])
        return connection
      } catch {
        guard isLast else { continue }
        logger.critical(
          "the outcome of a command was not recorded; it will be in doubt at the next start",
          metadata: ["command": "\(commandID)", "fault": "\(error)"])
        return nil
      }
    }
    return nil
  }
}

extension CommandLimits {
  /// From a second to half a minute.
  func pauseBeforeRecording(attempt: Int) -> Duration { .seconds(min(1 << min(attempt, 5), 30)) }
}
