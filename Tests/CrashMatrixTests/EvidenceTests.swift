import Connections
import Fixtures
import Testing

@testable import CrashMatrix

/// Each check is shown a round in which everything is right but for one thing.
@Suite struct `The evidence of a round` {
  /// Two updates of one connection that went well, one whose answer was lost, and one activate that
  /// never left.
  private struct Scene {
    let life = StillLife()
    var evidence = Evidence()
    private var version = 0

    init() {
      for (mark, outcome) in [
        ("one", EventPayload.Kind.succeeded), ("two", .refused), ("three", .inDoubt),
      ] {
        add(mark, .update(UpdateContent(authScheme: "TOKEN", baseURL: mark)), outcome)
        evidence.calls.append(
          Evidence.Call(mark: mark, appID: SampleApp.org2Org, kind: .update, baseURL: mark))
      }
      add("four", .activate, .notSent)
      evidence.told = [
        "one": .answered(status: 200), "two": .answered(status: 400), "three": .inDoubt,
        "four": .notSent, "five": .nothingDone,
      ]
    }

    private mutating func add(
      _ mark: String, _ command: ConnectionCommand, _ outcome: EventPayload.Kind
    ) {
      let intent = Intent(
        before: Reading(without: "test"), command: command, expectedVersion: version)
      let end = Outcome(call: CallRecord())
      let id = life.newID()
      append(.intended(intent), id, mark)
      switch outcome {
      case .succeeded: append(.succeeded(end), id, mark)
      case .refused: append(.refused(end), id, mark)
      case .notSent: append(.notSent(end), id, mark)
      default: append(.inDoubt(end), id, mark)
      }
    }

    private mutating func append(_ payload: EventPayload, _ id: CommandID, _ mark: String) {
      version += 1
      evidence.events.append(
        Event(
          draft: life.draft(payload, command: id, reason: mark), index: version - 1,
          stream: .connection(SampleApp.org2Org), streamVersion: version, previous: nil,
          recordedAt: life.now))
    }
  }

  private func promises(_ change: (inout Evidence) -> Void) -> Set<Promise> {
    var evidence = Scene().evidence
    change(&evidence)
    return Set(evidence.judge().map(\.promise))
  }

  @Test func `is in order when nothing went wrong`() {
    #expect(Scene().evidence.judge() == [])
  }

  @Test func `shows a call without an intent`() {
    #expect(promises { $0.calls[0].mark = "stranger" }.contains(.intentFirst))
    #expect(promises { $0.calls[0].kind = .activate } == [.intentFirst])
    #expect(promises { $0.calls[0].baseURL = "elsewhere" } == [.intentFirst])
    #expect(promises { $0.calls[0].tokenFingerprint = "another" } == [.intentFirst])
    #expect(promises { $0.calls[0].appID = SampleApp.slack } == [.intentFirst])
  }

  @Test func `shows calls in another order than their intents`() {
    #expect(promises { $0.calls.swapAt(0, 1) } == [.intentFirst])
  }

  @Test func `shows an outcome without a call`() {
    #expect(promises { $0.calls.remove(at: 1) } == [.intentFirst])
  }

  @Test func `allows a doubt about a call that never arrived`() {
    #expect(promises { $0.calls.remove(at: 2) } == [])
  }

  @Test func `shows what was sent twice, or although it was told that it was not`() {
    #expect(promises { $0.calls.append($0.calls[2]) } == [.noSilentRetry])
    let call = Evidence.Call(mark: "four", appID: SampleApp.org2Org, kind: .activate)
    #expect(promises { $0.calls.append(call) } == [.noSilentRetry])
  }

  @Test func `shows an answer that is not recorded`() {
    #expect(promises { $0.told["six"] = .answered(status: 200) } == [.answersAreRecorded])
    #expect(promises { $0.told["one"] = .answered(status: 400) } == [.answersAreRecorded])
    #expect(promises { $0.told["one"] = .inDoubt } == [.answersAreRecorded])
    #expect(promises { $0.told["one"] = .nothingDone } == [.answersAreRecorded])
    #expect(promises { $0.told["six"] = .outcomeNotRecorded } == [.answersAreRecorded])
  }

  @Test func `shows an intent with no outcome or with two`() {
    #expect(promises { $0.events.removeLast() }.contains(.oneOutcome))
    #expect(promises { $0.events.append($0.events[1]) } == [.oneOutcome])
  }

  @Test func `shows a ruling that is not recorded`() throws {
    let scene = Scene()
    let doubt = try #require(scene.evidence.events.first { $0.payload.kind == .inDoubt })
    let ruled = try #require(doubt.context.commandID)
    func resolved(isRuling: Bool) -> Event {
      Event(
        draft: scene.life.draft(
          .resolved(Resolution(verdict: .applied, isRuling: isRuling)), command: ruled), index: 8,
        stream: doubt.stream, streamVersion: 9, previous: nil, recordedAt: scene.life.now)
    }
    #expect(promises { $0.rulings = [ruled] } == [.answersAreRecorded])
    for isRuling in [true, false] {
      let broken = promises {
        $0.rulings = [ruled]
        $0.events += [resolved(isRuling: isRuling)]
      }
      #expect(broken == (isRuling ? [] : [.answersAreRecorded]))
    }
  }

  @Test func `shows a doubt that ended twice`() throws {
    let scene = Scene()
    let doubt = try #require(scene.evidence.events.first { $0.payload.kind == .inDoubt })
    let resolved = Event(
      draft: scene.life.draft(
        .resolved(Resolution(verdict: .applied)), command: doubt.context.commandID),
      index: 8, stream: doubt.stream, streamVersion: 9, previous: nil, recordedAt: scene.life.now)
    #expect(promises { $0.events += [resolved] } == [])
    #expect(promises { $0.events += [resolved, resolved] } == [.oneOutcome])
  }
}
