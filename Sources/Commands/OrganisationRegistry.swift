package import Connections
package import EventStore

/// Whose log a journal is: one organisation's, known by the host under which it answers.
package struct OrganisationRegistry: Sendable {
  private let writer: any JournalWriter
  private let reader: any JournalReader
  private let environment: CommandEnvironment

  package init(
    writer: any JournalWriter, reader: any JournalReader, environment: CommandEnvironment
  ) {
    self.writer = writer
    self.reader = reader
    self.environment = environment
  }

  /// The host that was recorded last; `nil` before the first start in front of one.
  package func host() async throws(JournalFault) -> String? {
    try await reader.events(in: .organisation, after: 0).reduce(nil) { host, event in
      if case .organisation(.named(let host)) = event.payload { host } else { host }
    }
  }

  /// Records the organisation of a journal that has none yet; any other must be the same.
  ///
  /// - Parameter isRenamed: a person's word that it is the same organisation under another host.
  package func confirm(
    _ host: String, isRenamed: Bool, context: EventContext
  ) async throws {
    let known = try await self.host()
    guard known != host else { return }
    guard known == nil || isRenamed else {
      throw OtherOrganisation(recorded: known ?? "", asked: host)
    }
    let draft = EventDraft(
      id: environment.newID(), recordedAt: environment.now(), context: context,
      payload: .organisation(.named(host: host)))
    _ = try await writer.append(AppendBatch(to: .organisation, at: .any, [draft]))
  }
}

/// The journal is another organisation's: apps of the same id would be taken for the same.
package struct OtherOrganisation: Error, Hashable, Sendable, CustomStringConvertible {
  package var recorded: String
  package var asked: String

  package var description: String {
    """
    This journal is the log of \(recorded), and --upstream names \(asked). Nothing was changed, \
    and nothing was sent. Give each organisation a data directory of its own; if this is the same \
    one under a new name, start once with --renamed-organisation, which is recorded.
    """
  }
}
