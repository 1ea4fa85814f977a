import Connections

/// What an event is in the life of a command: `command.intended`, one outcome, and for a doubt at
/// most one ruling or finding.
enum CommandStep: Sendable {
  case began(CommandID)
  case ended(CommandID, isInDoubt: Bool)
  case settled(CommandID)

  /// - Returns: `nil` for what is no such step; so is a refusal that stands alone.
  init?(_ event: Event) {
    guard let id = event.context.commandID else { return nil }
    switch event.payload {
    case .intended: self = .began(id)
    case .succeeded: self = .ended(id, isInDoubt: false)
    case .refused(let outcome), .notSent(let outcome):
      guard outcome.refusedKind == nil else { return nil }
      self = .ended(id, isInDoubt: false)
    case .inDoubt: self = .ended(id, isInDoubt: true)
    case .resolved: self = .settled(id)
    default: return nil
    }
  }
}

/// The commands of one connection that are on their way.
struct CommandChain: Sendable {
  private var begun: Set<CommandID> = []
  /// One at a time, as a rule.
  private var running: [CommandID] = []
  private var doubts: Set<CommandID> = []

  /// - Returns: what is wrong with a step, where it is none that can come now.
  mutating func take(_ step: CommandStep) -> String? {
    switch step {
    case .began(let id):
      guard begun.insert(id).inserted else { return "the command that it begins has begun before" }
      running.append(id)
      return nil
    case .ended(let id, let isInDoubt):
      if isInDoubt { doubts.insert(id) }
      guard let place = running.firstIndex(of: id) else {
        return "it is the outcome of a command that is not running"
      }
      running.remove(at: place)
      return nil
    case .settled(let id):
      return doubts.remove(id) == nil ? "it settles what is not in doubt" : nil
    }
  }
}
