import Connections

/// Fields that a read showed otherwise, where a command of ours may have been what set them: as
/// long as that is not known to have done nothing, the change goes back to its intent.
struct Suspects: Sendable {
  private struct Suspicion: Sendable {
    var field: ConnectionField
    /// The read that showed it.
    var seenAt: Int
    /// In order; the last of them is the one that it goes back to.
    var commands: [Connection.OpenCommand]

    var cause: Int { commands.last?.intendedIndex ?? seenAt }
  }

  private var suspicions: [Suspicion] = []

  /// The event that a field goes back to which this read showed otherwise.
  ///
  /// - Parameter connection: before it took the read.
  mutating func cause(
    of field: ConnectionField, in state: ConnectionState, of connection: Connection, at index: Int
  ) -> Int {
    // A scheme without a token ends the token, too.
    let visible = Intent.VisibleField(rawValue: field.rawValue) ?? .authScheme
    let suspicion = Suspicion(
      field: field, seenAt: index, commands: connection.explanations(of: visible, in: state))
    suspicions.removeAll { $0.field == field }
    if suspicion.commands.contains(where: { $0.isOpen(in: connection) }) {
      suspicions.append(suspicion)
    }
    return suspicion.cause
  }

  /// A command is known to have done nothing: what was laid to it goes back to the one before, or
  /// to the read that showed it.
  mutating func clear(_ command: CommandID, in origins: inout FieldOrigins) {
    for place in suspicions.indices {
      let laid = suspicions[place].cause
      suspicions[place].commands.removeAll { $0.commandID == command }
      let (field, cause) = (suspicions[place].field, suspicions[place].cause)
      if origins[field] == laid { origins[field] = cause }
    }
    suspicions.removeAll { $0.commands.isEmpty }
  }
}

extension Connection.OpenCommand {
  /// It has not ended for good.
  fileprivate func isOpen(in connection: Connection) -> Bool {
    (connection.openIntents + connection.doubts).contains { $0.commandID == commandID }
  }
}
