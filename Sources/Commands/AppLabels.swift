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
  private let upstream: UpstreamClient
  private let credential: OktaCredential
  private var known: [AppID: Known] = [:]

  /// Reads what is recorded.
  package init(
    access: AccessRegistry, reader: any JournalReader, upstream: UpstreamClient,
    credential: OktaCredential
  ) async throws(JournalFault) {
    self.access = access
    self.upstream = upstream
    self.credential = credential
    for event in try await reader.events(in: .access, after: 0) {
      if case .notice(.appLabelled(let app, let label, let name)) = event.payload {
        known[app] = Known(label: label, name: name)
      }
    }
  }

  package func isKnown(_ app: AppID) -> Bool { known[app] != nil }

  /// Asks Okta how an app is called: one call of its rate budget. What does not answer, or is no
  /// app, is asked again another time.
  package func refresh(_ app: AppID) async throws(JournalFault) {
    guard let told = await upstream.app(app, credential: credential) else { return }
    let found = Known(label: told.label, name: told.name)
    guard found != known[app] else { return }
    try await access.record(
      .appLabelled(app, label: found.label, name: found.name),
      context: EventContext(actor: .hindsight))
    known[app] = found
  }
}
