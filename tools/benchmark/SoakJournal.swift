import Connections
import EventStore

/// The journal after a soak, held against what the clients saw.
struct SoakJournal {
  /// What is recorded of one command.
  private struct Recorded {
    var reason: String?
    var intents = 0
    var ends: [EventPayload.Kind] = []
    var resolutions = 0
    var callSeconds: Double?
    /// The state before was known: the command needed no read of ours.
    var hadFreshState = false

    mutating func take(_ event: Event) {
      if event.payload.kind.isOutcome { ends.append(event.payload.kind) }
      switch event.payload {
      case .intended(let intent):
        intents += 1
        reason = event.context.reason
        hadFreshState = intent.before.source == .journal
      case .succeeded(let outcome):
        callSeconds = outcome.call.durationMicroseconds.map { Double($0) / 1e6 }
      case .resolved: resolutions += 1
      default: break
      }
    }
  }

  private var commands: [CommandID: Recorded] = [:]

  init(directory: String) async throws {
    let reader = try SQLiteJournal.openForReading(directory: directory).reader
    commands = try await reader.fold(from: 0, limit: .max, into: [:]) { commands, event in
      guard let id = event.context.commandID else { return }
      commands[id, default: Recorded()].take(event)
    }
  }

  var intents: Int { commands.values.reduce(0) { $0 + $1.intents } }
  var notSent: Int { commands.values.count { $0.ends == [.notSent] } }
  var inDoubt: Int { commands.values.count { $0.ends == [.inDoubt] } }
  var resolved: Int { commands.values.count { $0.resolutions > 0 } }

  /// What is not as it should be, in sentences.
  func contradictions(to requests: [SoakRequest]) -> [String] {
    var found: [String] = []
    for (id, command) in commands
    where command.intents != 1 || command.ends.count != 1
      || command.resolutions > (command.ends == [.inDoubt] ? 1 : 0)
    {
      found.append(
        "command \(id) has \(command.intents) intents, the ends \(command.ends) and "
          + "\(command.resolutions) resolutions")
    }
    let named = Set(commands.values.compactMap(\.reason))
    for request in requests {
      guard case .status(let status) = request.answer else {
        // An end under load answers or refuses every request; what it takes, it answers.
        if named.contains(request.name) {
          found.append("\(request.name) was not answered, and was carried out")
        }
        continue
      }
      let command = request.commandID.flatMap { commands[$0] }
      let expected = Self.end(of: status)
      if command?.ends.first != expected || command?.reason != command.map({ _ in request.name })
        || (expected == nil && named.contains(request.name))
      {
        found.append(
          "\(request.name) was answered \(status), and the journal tells \(command?.ends ?? [])")
      }
    }
    return found
  }

  /// What must be recorded of a change that was answered so; `nil`: nothing at all.
  private static func end(of status: Int) -> EventPayload.Kind? {
    switch status {
    case 200..<300: .succeeded
    case 500: .inDoubt
    case 503: .notSent
    case 409: nil
    default: .refused
    }
  }

  /// Of the requests without an answer: those of which the journal knows nothing, and the others.
  func unanswered(_ requests: [SoakRequest]) -> (refused: Int, carriedOut: Int) {
    let named = Set(commands.values.compactMap(\.reason))
    let all = requests.filter { $0.answer == .none }
    let carriedOut = all.count { named.contains($0.name) }
    return (all.count - carriedOut, carriedOut)
  }

  /// Seconds of each update that needed no read of ours, less those of its one call to Okta.
  func ownSeconds(_ requests: [SoakRequest]) -> [Double] {
    requests.compactMap { request in
      guard request.operation == .update, request.answer == .status(200),
        let command = request.commandID.flatMap({ commands[$0] }), command.hadFreshState,
        let call = command.callSeconds
      else { return nil }
      return request.seconds - call
    }
  }
}
