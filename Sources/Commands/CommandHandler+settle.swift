package import Connections
package import EventStore
import Logging
package import OktaAPI
package import Upstream

extension CommandHandler {
  /// Hindsight's own name on what it finds out by itself.
  var recoveryContext: EventContext { EventContext(actor: .hindsight) }

  /// Reads what happened lately out of the journal: which key and which request id of Okta's belong
  /// to which command, for callers who ask again after a restart.
  ///
  /// An event that cannot be read is passed over, and its command with it. That lets no repeat
  /// through: no command of its connection runs while its history cannot be read.
  package func remember() async throws(JournalFault) {
    let now = environment.now()
    var start = try await reader.size(asOf: now.adding(seconds: -limits.idempotencySeconds))
    var recent = RecentCommands()
    var unreadable: [Int] = []
    while true {
      do throws(JournalFault) {
        recent = try await take(from: start, limit: .max, into: recent)
        break
      } catch {
        guard case .unreadable(let index, _) = error else { throw error }
        recent = try await take(from: start, limit: index - start, into: recent)
        unreadable.append(index)
        start = index + 1
      }
    }
    if let first = unreadable.first {
      logger.error(
        "events cannot be read: whoever repeats their commands is not recognised",
        metadata: ["count": "\(unreadable.count)", "first": "\(first)"])
    }
    keys = recent.keys
    recentRequests = recent.requests
  }

  private func take(
    from start: Int, limit: Int, into recent: RecentCommands
  ) async throws(JournalFault) -> RecentCommands {
    guard limit > 0 else { return recent }
    do {
      return try await reader.fold(from: start, limit: limit, into: recent) { $0.take($1) }
    } catch let fault as JournalFault {
      throw fault
    } catch {
      throw .storage(StorageFault(isFull: false, description: "\(error)"))
    }
  }

  /// After a crash: marks each intent without an outcome *in doubt*, then asks Okta what is, where
  /// Hindsight has a credential of its own. It is the code of every other doubt. Without one the
  /// next command waits until Okta can no longer be carrying out what is in doubt.
  ///
  /// A connection whose history cannot be read is left as it is, and every other one is served.
  ///
  /// - Returns: the connections that had one.
  @discardableResult
  package func recover() async throws(JournalFault) -> [AppID] {
    let apps = try await reader.streamsWithOpenIntents()
    try await remember()
    for app in apps {
      guard await turns.take(app, waitingAtMost: limits.connectionWait) else { continue }
      do throws(AppendFault) {
        var connection = try await loaded(app)
        try await append(to: &connection, context: recoveryContext) { $0.recover() }
        let recovered = connection
        track {
          if let credential = self.ownCredential {
            await self.settle(recovered, with: credential, headers: [])
          }
          await self.turns.release(app)
        }
      } catch {
        await turns.release(app)
        guard let fault = error.journal else { continue }
        guard case .unreadable(let index, _) = fault else { throw fault }
        logger.error(
          "a connection's history cannot be read, so its open command stays without an outcome",
          metadata: ["app": "\(app)", "index": "\(index)"])
      }
    }
    try await recoverRollbacks()
    return apps
  }

  /// Asks Okta about the doubts that earlier runs left open. Does nothing without a credential of
  /// Hindsight's own: then the next call on each connection settles them.
  package func settleOpenDoubts() async {
    guard let credential = ownCredential,
      let apps = try? await reader.streamsWithOpenDoubts()
    else { return }
    track {
      for app in apps where await self.turns.take(app, waitingAtMost: self.limits.connectionWait) {
        if let connection = try? await self.load(app) {
          await self.settle(connection, with: credential, headers: [])
        }
        await self.turns.release(app)
      }
    }
  }

  func loaded(_ appID: AppID) async throws(AppendFault) -> Connection {
    do throws(JournalFault) { return try await load(appID) } catch { throw .journal(error) }
  }

  /// Reads what is and settles the doubts that it tells of: at once, and, if Okta may still have
  /// been carrying the call out, once more when it no longer can. Call it holding the turn.
  func settle(
    _ connection: Connection, with credential: OktaCredential, headers: [OktaAnswer.Header]
  ) async {
    var connection = connection
    do throws(AppendFault) {
      try await look(at: &connection, with: credential, headers: headers)
      if connection.doubts.contains(where: mayStillApply), await outlast(connection.doubts) {
        try await look(at: &connection, with: credential, headers: headers)
      }
    } catch {
      logger.error("a doubt could not be settled", metadata: ["fault": "\(error)"])
    }
    if connection.hasTellableDoubt { keepLooking(at: connection.appID) }
  }

  /// Waits until Okta can no longer be carrying out any of these calls. Call it holding the turn.
  ///
  /// - Returns: `false` when the process ends before.
  func outlast(_ doubts: [Connection.OpenCommand]) async -> Bool {
    let running = doubts.filter(mayStillApply)
    guard let last = running.compactMap(\.inDoubtSince).max() else { return true }
    let longest = CommandLimits.settleSeconds * 1_000_000
    // A clock that was set back would make it longer than Okta takes.
    let left = longest + last.microseconds - environment.now().microseconds
    guard await wait(.microseconds(min(max(0, left), longest) + 1_000)) else { return false }
    outlasted.formUnion(running.filter(mayStillApply).map(\.commandID))
    return true
  }

  /// One read, and what it settles. Call it holding the turn.
  private func look(
    at connection: inout Connection, with credential: OktaCredential, headers: [OktaAnswer.Header]
  ) async throws(AppendFault) {
    let reading = await read(connection.appID, with: credential, headers: headers)
    try await append(to: &connection, context: recoveryContext) {
      $0.observe(reading, cause: .doubt, canStillApply: mayStillApply)
    }
  }

  /// - Returns: `true` when no doubt is left that a read can settle.
  func lookAgain(at app: AppID, with credential: OktaCredential) async -> Bool {
    do throws(AppendFault) {
      var connection = try await loaded(app)
      guard connection.hasTellableDoubt else { return true }
      try await look(at: &connection, with: credential, headers: [])
      return !connection.hasTellableDoubt
    } catch { return false }
  }

  /// Whether Okta may still be carrying out a call that brought no answer.
  func mayStillApply(_ doubt: Connection.OpenCommand) -> Bool {
    guard let since = doubt.inDoubtSince, !doubt.wasAnswered,
      !outlasted.contains(doubt.commandID)
    else { return false }
    return environment.now() <= since.adding(seconds: CommandLimits.settleSeconds)
  }

  /// A client's own GET: passes through, and is compared with what the journal expects.
  ///
  /// Nothing is recorded when a command ran meanwhile, for then the answer may be of before or
  /// after.
  package func readThrough(
    _ appID: AppID, credential: OktaCredential, headers: [OktaAnswer.Header],
    context: EventContext
  ) async -> ReadOutcome {
    let quiet = await turns.quietCount(appID)
    let outcome = await upstream.read(appID, credential: credential, headers: headers)
    if case .failed(let reason, _) = outcome {
      logger.warning(
        "Okta could not be read", metadata: ["app": "\(appID)", "cause": "\(reason)"])
    }
    let reading = Self.reading(outcome, at: environment.now()) { note($0, of: credential) }
    if let quiet, reading.state != nil {
      await runToTheEnd { await self.observe(appID, reading, context, ifStillAt: quiet) }
    }
    return outcome
  }

  private func observe(
    _ appID: AppID, _ reading: Reading, _ context: EventContext, ifStillAt quiet: Int
  ) async {
    guard await turns.take(appID, ifStillAt: quiet) else { return }
    do throws(AppendFault) {
      var connection = try await loaded(appID)
      try await append(to: &connection, context: context) {
        $0.observe(reading, cause: .client, canStillApply: mayStillApply)
      }
    } catch {
      logger.error(
        "what a read showed could not be recorded",
        metadata: ["app": "\(appID)", "fault": "\(error)"])
    }
    await turns.release(appID)
  }
}
