import Connections

/// Which command a caller's key stands for. Pure; the journal is the truth and fills it at a start.
struct IdempotencyLedger: Sendable {
  private var entries: [String: Entry] = [:]

  struct Entry: Hashable, Sendable {
    var commandID: CommandID
    var payload: String
    var at: Instant
    var phase: Phase
  }

  enum Phase: Hashable, Sendable {
    case running
    /// It has an outcome, or is in doubt.
    case ended
    /// It certainly changed nothing: the key may be used for it once more.
    case changedNothing
  }

  enum Answer: Hashable, Sendable {
    /// The key stands for the new command from now on.
    case begun
    case running(CommandID)
    case ended(CommandID)
    /// The key was used with another payload.
    case otherPayload(CommandID)
  }

  /// How many keys are kept before those that are over are thrown away.
  private static let sweepSize = 50_000

  /// Asks for a key on behalf of a new command.
  mutating func begin(
    _ mark: IdempotencyMark, _ commandID: CommandID, at now: Instant, keptSeconds: Int64
  ) -> Answer {
    if let entry = entries[mark.key], now <= entry.at.adding(seconds: keptSeconds) {
      guard entry.payload == mark.payload else { return .otherPayload(entry.commandID) }
      switch entry.phase {
      case .running: return .running(entry.commandID)
      case .ended: return .ended(entry.commandID)
      case .changedNothing: break
      }
    }
    if entries.count >= Self.sweepSize {
      entries = entries.filter {
        $0.value.phase == .running || now <= $0.value.at.adding(seconds: keptSeconds)
      }
    }
    entries[mark.key] = Entry(
      commandID: commandID, payload: mark.payload, at: now, phase: .running)
    return .begun
  }

  /// Takes the key of a command that ended.
  mutating func end(_ mark: IdempotencyMark, of commandID: CommandID, as phase: Phase) {
    guard entries[mark.key]?.commandID == commandID else { return }
    entries[mark.key]?.phase = phase
  }

  /// Gives the key back: of the command nothing was recorded.
  mutating func release(_ mark: IdempotencyMark, of commandID: CommandID) {
    if entries[mark.key]?.commandID == commandID { entries[mark.key] = nil }
  }

  /// What the journal tells of a key.
  mutating func learn(_ mark: IdempotencyMark, _ commandID: CommandID, at: Instant) {
    entries[mark.key] = Entry(commandID: commandID, payload: mark.payload, at: at, phase: .ended)
  }
}
