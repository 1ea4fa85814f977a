import Connections

/// What an event is in the life of a command: `command.intended`, one outcome, and for a doubt at
/// most one ruling or finding.
enum CommandStep: Sendable {
  case began(CommandID)
  case ended(CommandID, isInDoubt: Bool)
  case settled(CommandID)
}

extension Event {
  /// What it is in the life of a command; `nil` for what is no such step, as a refusal that stands
  /// alone.
  var commandStep: CommandStep? {
    guard let id = context.commandID else { return nil }
    switch payload {
    case .intended: return .began(id)
    case .succeeded: return .ended(id, isInDoubt: false)
    case .refused(let outcome), .notSent(let outcome):
      return outcome.refusedKind == nil ? .ended(id, isInDoubt: false) : nil
    case .inDoubt: return .ended(id, isInDoubt: true)
    case .resolved: return .settled(id)
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
