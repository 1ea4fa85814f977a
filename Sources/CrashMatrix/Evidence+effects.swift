import Connections

/// What is recorded, held against what became of it.
extension Evidence {
  /// The sandbox knows which calls it carried out, and told nobody else.
  func verdicts(
    _ commands: [RecordedCommand], _ sent: [CommandID?: [Call]]
  ) -> [BrokenPromise] {
    commands.compactMap { command in
      let wasApplied = sent[command.id]?.contains(where: \.isApplied) == true
      guard let isRecorded = command.isRecordedAsApplied, isRecorded != wasApplied else {
        return nil
      }
      let said =
        command.resolution.map { "resolved as \($0.verdict.rawValue)" }
        ?? command.outcomes.first?.rawValue ?? "nothing"
      return BrokenPromise(
        .verdicts,
        "\(command.mark) is recorded as \(said), and was \(wasApplied ? "" : "not ")applied")
    }
  }

  /// Whoever asks again with the same key has it carried out once. A person's ruling may have been
  /// wrong: after it a key is theirs.
  func keysOnce(
    _ commands: [RecordedCommand], _ sent: [CommandID?: [Call]]
  ) -> [BrokenPromise] {
    let keyed = Dictionary(grouping: commands.filter { keys[$0.mark] != nil }) { keys[$0.mark] }
    return keyed.sorted { ($0.key ?? "") < ($1.key ?? "") }.compactMap { key, same in
      let applied = same.filter { sent[$0.id]?.contains(where: \.isApplied) == true }
      guard applied.count > 1, !same.contains(where: { $0.resolution?.isRuling == true }) else {
        return nil
      }
      let marks = applied.map(\.mark).joined(separator: ", ")
      return BrokenPromise(
        .noSilentRetry, "the key \(key ?? "") was carried out \(applied.count) times: \(marks)")
    }
  }

  /// Each rollback begins once and ends at most once, and what was told of it is recorded.
  func rollbacksEnd() -> [BrokenPromise] {
    var facts: [CommandID: [EventPayload.Kind]] = [:]
    for event in events {
      if case .rollback = event.payload, let id = event.context.commandID {
        facts[id, default: []].append(event.payload.kind)
      }
    }
    let twice = facts.sorted { $0.key.description < $1.key.description }.compactMap { id, kinds in
      let begun = kinds.count { $0 == .rollbackStarted }
      let ended = kinds.count { [.rollbackCompleted, .rollbackFailed].contains($0) }
      let isRefusal = kinds == [.rollbackRefused]
      return isRefusal || (begun == 1 && ended <= 1)
        ? nil
        : BrokenPromise(.oneOutcome, "rollback \(id) began \(begun) times and ended \(ended) times")
    }
    return twice
      + rollbacks.sorted { $0.key.description < $1.key.description }.compactMap { id, told in
        let wanted: EventPayload.Kind =
          switch told {
          case .completed: .rollbackCompleted
          case .stopped, .inDoubt: .rollbackStopped
          default: .rollbackStarted
          }
        guard facts[id]?.contains(wanted) != true else { return nil }
        return BrokenPromise(
          .answersAreRecorded, "rollback \(id) was told \(told.rawValue), and is not recorded so")
      }
  }

  /// Nothing is shredded that a hold covers, and what was told of either is recorded.
  func shreddings() -> [BrokenPromise] {
    var standing = SecretStanding()
    var broken: [BrokenPromise] = []
    var held: Set<UUIDv7> = []
    for event in events where event.stream == .secrets {
      if case .secret(.shredded(let shredding)) = event.payload {
        broken += shredding.copies.filter { !standing.holds(covering: $0).isEmpty }.map {
          BrokenPromise(.shredding, "\($0.id) was shredded under a hold")
        }
      }
      standing.apply(event)
      held.formUnion(standing.holds.map(\.hold.id))
    }
    return broken
      + shredded.filter { !standing.isShredded($0) }.map {
        BrokenPromise(.answersAreRecorded, "\($0) was told as shredded, and is not recorded so")
      }
      + holds.subtracting(held).map {
        BrokenPromise(.answersAreRecorded, "the hold \($0) was told, and is not recorded")
      }
  }
}
