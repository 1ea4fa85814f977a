import Connections

extension Evidence {
  /// Holds what arrived, what was told and what is recorded against each other.
  func judge() -> [BrokenPromise] {
    let commands = RecordedCommand.all(in: events)
    let named = Dictionary(
      commands.flatMap { [($0.mark, $0), ($0.id.description, $0)] },
      uniquingKeysWith: { first, _ in first })
    let sent = Dictionary(grouping: calls) { named[$0.mark]?.id }
    return intentsFirst(named) + sentOnce(commands, sent) + inOrder(named)
      + told.sorted { $0.key < $1.key }.flatMap { mark, told in
        let command = named[mark]
        let isSent = command.map { sent[$0.id] != nil } ?? calls.contains { $0.mark == mark }
        return Self.isRecorded(mark, told, command, isSent: isSent)
      } + commands.flatMap { $0.ends() } + rulingsRecorded() + verdicts(commands, sent)
      + keysOnce(commands, sent) + rollbacksEnd() + shreddings()
  }

  private func rulingsRecorded() -> [BrokenPromise] {
    let recorded = events.compactMap { event -> CommandID? in
      guard case .resolved(let resolution) = event.payload, resolution.isRuling else { return nil }
      return event.context.commandID
    }
    return rulings.subtracting(recorded).map {
      BrokenPromise(.answersAreRecorded, "a ruling on \($0) was taken, and the journal has none")
    }
  }

  private func intentsFirst(_ named: [String: RecordedCommand]) -> [BrokenPromise] {
    calls.compactMap { call in
      guard let command = named[call.mark] else {
        return BrokenPromise(.intentFirst, "\(call.mark) arrived, and the journal has no intent")
      }
      let content = command.intent.command.updateContent
      guard command.appID == call.appID, command.intent.command.kind == call.kind,
        content?.baseURL == call.baseURL, content?.token?.fingerprint == call.tokenFingerprint
      else {
        return BrokenPromise(.intentFirst, "\(call.mark) arrived as something else than intended")
      }
      return nil
    }
  }

  private func sentOnce(
    _ commands: [RecordedCommand], _ sent: [CommandID?: [Call]]
  ) -> [BrokenPromise] {
    let counts = Dictionary(calls.map { ($0.mark, 1) }, uniquingKeysWith: +)
    let twice = counts.filter { $0.value > 1 }.keys.sorted().map {
      BrokenPromise(.noSilentRetry, "\($0) arrived \(counts[$0] ?? 0) times")
    }
    return twice
      + commands.compactMap { command in
        let wasSent = sent[command.id] != nil
        switch command.outcomes.first {
        case .notSent? where wasSent:
          return BrokenPromise(
            .noSilentRetry, "\(command.mark) arrived, and is recorded as not sent")
        case .succeeded? where !wasSent, .refused? where !wasSent:
          return BrokenPromise(
            .intentFirst, "\(command.mark) has Okta's answer in the journal, and never arrived")
        default: return nil
        }
      }
  }

  /// The commands of one connection run one after another, so they arrive as they were intended.
  private func inOrder(_ named: [String: RecordedCommand]) -> [BrokenPromise] {
    Dictionary(grouping: calls, by: \.appID).values.flatMap { calls in
      zip(calls, calls.dropFirst()).compactMap { before, after in
        guard let first = named[before.mark]?.index, let second = named[after.mark]?.index,
          second < first
        else { return nil }
        return BrokenPromise(
          .intentFirst, "\(after.mark) arrived after \(before.mark), and was intended before it")
      }
    }
  }

  private static func isRecorded(
    _ mark: String, _ told: Told, _ command: RecordedCommand?, isSent: Bool
  ) -> [BrokenPromise] {
    let outcome = command?.outcomes.first
    let isKept =
      switch (told, outcome) {
      case (.answered(let status), .succeeded?): (200..<300).contains(status)
      case (.answered(let status), .refused?): (400..<500).contains(status)
      case (.inDoubt, .inDoubt?), (.notSent, .notSent?): true
      case (.outcomeNotRecorded, _): command != nil
      case (.nothingDone, _), (.earlier, _): !isSent
      case (.answered, _), (.inDoubt, _), (.notSent, _): false
      }
    guard !isKept else { return [] }
    return [
      BrokenPromise(
        .answersAreRecorded,
        "\(mark) was told \(told), and the journal says \(outcome?.rawValue ?? "nothing")")
    ]
  }
}

/// A command as its events tell it.
struct RecordedCommand: Sendable {
  var id: CommandID
  var mark: String
  var appID: AppID
  /// Of the intent.
  var index: Int
  var intent: Intent
  var outcomes: [EventPayload.Kind] = []
  var resolutions = 0
  /// How its doubt ended, if one has ended.
  var resolution: Resolution?

  static func all(in events: [Event]) -> [RecordedCommand] {
    var commands: [RecordedCommand] = []
    var places: [CommandID: Int] = [:]
    for event in events {
      guard let id = event.context.commandID else { continue }
      if case .intended(let intent) = event.payload, let appID = event.stream.appID {
        places[id] = commands.count
        commands.append(
          RecordedCommand(
            id: id, mark: event.context.reason ?? "(none)", appID: appID, index: event.index,
            intent: intent))
      } else if let place = places[id] {
        if event.payload.kind.isOutcome { commands[place].outcomes.append(event.payload.kind) }
        if case .resolved(let resolution) = event.payload {
          commands[place].resolutions += 1
          commands[place].resolution = resolution
        }
      }
    }
    return commands
  }

  /// Whether it was carried out, by what the journal says on Okta's word; `nil` where it does not
  /// say.
  var isRecordedAsApplied: Bool? {
    switch outcomes.first {
    case .succeeded?: return true
    case .refused?, .notSent?: return false
    default: break
    }
    guard let resolution, !resolution.isRuling else { return nil }
    return switch resolution.verdict {
    case .applied: true
    case .notApplied: false
    default: nil
    }
  }

  /// What is wrong with how it ended.
  func ends() -> [BrokenPromise] {
    guard outcomes.count == 1 else {
      let found = outcomes.map(\.rawValue).joined(separator: ", ")
      return [BrokenPromise(.oneOutcome, "\(mark) has \(outcomes.count) outcomes: \(found)")]
    }
    guard resolutions <= (outcomes == [.inDoubt] ? 1 : 0) else {
      return [BrokenPromise(.oneOutcome, "\(mark) was resolved \(resolutions) times")]
    }
    return []
  }
}
