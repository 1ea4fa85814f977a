package import Connections
package import EventStore
package import OktaAPI
package import Upstream

/// Knows how apps are called, and records it when it is first seen and when it changes.
package actor AppLabels {
  private struct Known: Equatable {
    var label: String
    var name: String?
  }

  private let access: AccessRegistry
  private let commands: CommandHandler
  private let upstream: UpstreamClient
  private let credential: OktaCredential
  private var known: [AppID: Known] = [:]
  /// Okta was asked, and showed no label.
  private var missed: Set<AppID> = []

  /// Reads what is recorded.
  ///
  /// - Parameter commands: knows how many calls the rate budget has left.
  package init(
    access: AccessRegistry, reader: any JournalReader, commands: CommandHandler,
    upstream: UpstreamClient, credential: OktaCredential
  ) async throws(JournalFault) {
    self.access = access
    self.commands = commands
    self.upstream = upstream
    self.credential = credential
    for event in try await reader.events(in: .access, after: 0) {
      if case .notice(.appLabelled(let app, let label, let name)) = event.payload {
        known[app] = Known(label: label, name: name)
      }
    }
  }

  /// Whether Okta need not be asked before the next round.
  package func isSettled(_ app: AppID) -> Bool { known[app] != nil || missed.contains(app) }

  /// A round begins: what had no label may have one by now.
  package func beginRound() { missed = [] }

  /// Asks Okta how an app is called: one call of its rate budget, and none where the callers need
  /// what is left. What gives no telling answer is asked again.
  package func refresh(_ app: AppID) async throws(JournalFault) {
    guard await commands.allowsRead(credential),
      let told = await upstream.app(app, credential: credential)
    else { return }
    await commands.note(told.rateLimit, of: credential)
    guard let label = told.label else {
      missed.insert(app)
      return
    }
    let found = Known(label: label, name: told.name)
    guard found != known[app] else { return }
    try await access.record(
      .appLabelled(app, label: found.label, name: found.name),
      context: EventContext(actor: .hindsight))
    known[app] = found
  }
}
