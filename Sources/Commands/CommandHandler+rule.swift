package import Connections
import EventStore

/// Why a person's ruling on a doubt was not taken. Nothing was recorded.
package enum RulingRefusal: Error, Sendable {
  case commandNotKnown
  /// The command has its end already.
  case notInDoubt
  case busy(waited: Duration)
  case notRecorded(RecordingFault)
}

extension CommandHandler {
  /// Ends a doubt by a person's word, under that person's name and reason. Okta is not asked, and a
  /// read that shows otherwise later is drift.
  package func rule(
    on commandID: CommandID, _ verdict: Resolution.Verdict, context: EventContext
  ) async throws(RulingRefusal) {
    let result: Result<Void, RulingRefusal> = await runToTheEnd {
      do throws(RulingRefusal) {
        return .success(try await self.ruleInTurn(commandID, verdict, context))
      } catch { return .failure(error) }
    }
    try result.get()
  }

  private func ruleInTurn(
    _ commandID: CommandID, _ verdict: Resolution.Verdict, _ context: EventContext
  ) async throws(RulingRefusal) {
    let events: [Event]
    do throws(JournalFault) { events = try await reader.events(ofCommands: [commandID]) } catch {
      throw .notRecorded(RecordingFault(error))
    }
    guard let app = events.first(where: { $0.payload.kind == .intended })?.stream.appID else {
      throw .commandNotKnown
    }
    guard await turns.take(app, waitingAtMost: limits.connectionWait) else {
      throw .busy(waited: limits.connectionWait)
    }
    do throws(AppendFault) {
      var connection = try await loaded(app)
      try await append(to: &connection, context: context) { (connection) throws(Refusal) in
        try connection.rule(on: commandID, verdict)
      }
      await turns.release(app)
    } catch {
      await turns.release(app)
      switch error {
      case .refused: throw .notInDoubt
      case .journal(let fault): throw .notRecorded(RecordingFault(fault))
      }
    }
  }
}
