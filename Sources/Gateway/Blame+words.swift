import Connections
package import Projections

/// How blame reads for people.
extension Blame {
  package var who: String {
    switch cause {
    case .command(let context, _): context.actor.display
    case .outside: ConnectionSummary.Change.outside
    case .found: "not known"
    }
  }

  /// Reason and ticket, of which the ticket is enough where there is little room, and what must be
  /// known of the cause.
  package func why(isShort: Bool = false) -> [String] {
    let reader = event.context.actor.display
    var parts: [String] =
      switch cause {
      case .command(let context, let ruling):
        (isShort
          ? [context.ticket ?? context.reason]
          : [context.reason, context.ticket.map { "[\($0)]" }]).compactMap(\.self)
          + (ruling.map { ["applied by the word of \($0.actor.display)"] } ?? [])
      case .outside: ["seen by a read of \(reader)"]
      case .found: ["so at the first read, by \(reader)"]
      }
    if wasAskedFor == false { parts.append("not asked for") }
    return parts
  }
}

extension Blame.Cause {
  package var word: String {
    switch self {
    case .command: "command"
    case .outside: "outside"
    case .found: "found"
    }
  }
}
