package import Connections
package import EventStore

/// The standing of secrets as the journal has it, and the one place that adds to it.
package actor SecretRegistry {
  private let writer: any JournalWriter
  private let reader: any JournalReader
  private let environment: CommandEnvironment
  private var known = SecretStanding()

  package init(
    writer: any JournalWriter, reader: any JournalReader, environment: CommandEnvironment
  ) {
    self.writer = writer
    self.reader = reader
    self.environment = environment
  }

  /// Which secrets may not be used now, which are gone, and what is held.
  package func standing() async throws(JournalFault) -> SecretStanding {
    take(try await reader.events(in: .secrets, after: known.version))
    return known
  }

  /// - Parameter keys: what becomes of wrapped keys in the same transaction.
  func append(
    _ facts: [SecretEvent], _ context: EventContext, at version: ExpectedVersion = .any,
    keys: [KeyChange] = []
  ) async throws(JournalFault) {
    let drafts = facts.map { fact in
      EventDraft(
        id: environment.newID(), recordedAt: environment.now(), context: context,
        payload: .secret(fact))
    }
    take(try await writer.append(AppendBatch(to: .secrets, at: version, drafts, keys: keys)))
  }

  /// Others may have followed further meanwhile: each event is taken in its turn, once.
  private func take(_ events: [Event]) {
    for event in events where event.streamVersion == known.version + 1 { known.apply(event) }
  }
}
