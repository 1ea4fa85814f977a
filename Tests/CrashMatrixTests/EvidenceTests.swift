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
          Evidence.Call(
            mark: mark, appID: SampleApp.org2Org, kind: .update, baseURL: mark,
            isApplied: outcome == .succeeded))
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

    /// The same once more, which is then carried out.
    mutating func repeatThird(isApplied: Bool) {
      add("three again", .update(UpdateContent(authScheme: "TOKEN", baseURL: "three")), .inDoubt)
      evidence.calls.append(
        Evidence.Call(
          mark: "three again", appID: SampleApp.org2Org, kind: .update, baseURL: "three",
          isApplied: isApplied))
      evidence.keys = ["three": "key", "three again": "key"]
    }

    /// Adds an event of its own to the end.
    mutating func add(_ payload: EventPayload, _ id: CommandID? = nil, to stream: StreamID) {
      evidence.events.append(
        Event(
          draft: life.draft(payload, command: id), index: evidence.events.count, stream: stream,
          streamVersion: evidence.events.count { $0.stream == stream } + 1, previous: nil,
          recordedAt: life.now))
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

  @Test func `knows a call by the id of its command`() throws {
    let id = try #require(Scene().evidence.events.first?.context.commandID)
    #expect(promises { $0.calls[0].mark = id.description } == [])
  }

  @Test func `shows a verdict that is not so`() throws {
    #expect(promises { $0.calls[0].isApplied = false } == [.verdicts])
    #expect(promises { $0.calls[1].isApplied = true } == [.verdicts])
    #expect(promises { $0.calls[2].isApplied = true } == [])
    for (verdict, isApplied, isRuling) in [
      (Resolution.Verdict.applied, true, false), (.applied, false, false),
      (.notApplied, true, false), (.notApplied, false, false), (.applied, false, true),
      (.superseded, true, false), (.noDifference, true, false),
    ] {
      var scene = Scene()
      let doubt = try #require(scene.evidence.events.first { $0.payload.kind == .inDoubt })
      scene.add(
        .resolved(Resolution(verdict: verdict, isRuling: isRuling)), doubt.context.commandID,
        to: doubt.stream)
      scene.evidence.calls[2].isApplied = isApplied
      let isTrue =
        isRuling || ![.applied, .notApplied].contains(verdict)
        || (verdict == .applied) == isApplied
      #expect(scene.evidence.judge().map(\.promise) == (isTrue ? [] : [.verdicts]))
    }
  }

  @Test func `shows a key that was carried out twice`() {
    for (isFirst, isSecond) in [(true, false), (false, true), (true, true)] {
      var scene = Scene()
      scene.repeatThird(isApplied: isSecond)
      scene.evidence.calls[2].isApplied = isFirst
      let broken = scene.evidence.judge().map(\.promise)
      #expect(broken == (isFirst && isSecond ? [.noSilentRetry] : []))
    }
  }

  @Test func `shows a rollback that ended twice, or was told and is not recorded`() {
    var scene = Scene()
    let (id, cause) = (scene.life.newID(), scene.life.newID())
    scene.add(
      .rollback(
        .started(
          RollbackStart(
            planDigest: "00", steps: [.update], target: .previous, targetVersion: 1))), id,
      to: .connection(SampleApp.org2Org))
    #expect(scene.evidence.judge() == [])
    scene.evidence.rollbacks = [id: .completed]
    #expect(scene.evidence.judge().map(\.promise) == [.answersAreRecorded])
    let end = EventPayload.rollback(
      .completed(RollbackEnd(startedBy: cause, stepsDone: 1)))
    scene.add(end, id, to: .connection(SampleApp.org2Org))
    #expect(scene.evidence.judge() == [])
    scene.add(end, id, to: .connection(SampleApp.org2Org))
    #expect(scene.evidence.judge().map(\.promise) == [.oneOutcome])
  }

  @Test func `shows what was shredded under a hold, or told and is not recorded`() {
    var scene = Scene()
    let (hold, copy) = (scene.life.newID(), scene.life.newID())
    scene.evidence.holds = [hold]
    #expect(scene.evidence.judge().map(\.promise) == [.answersAreRecorded])
    scene.add(.secret(.holdAdded(Hold(id: hold, scope: .all))), to: .secrets)
    #expect(scene.evidence.judge() == [])
    scene.evidence.shredded = [copy]
    #expect(scene.evidence.judge().map(\.promise) == [.answersAreRecorded])
    let shredding = Shredding([
      SealedCopy(id: copy, appID: SampleApp.org2Org, field: .token, fingerprint: "00")
    ])
    scene.add(.secret(.shredded(shredding)), to: .secrets)
    #expect(scene.evidence.judge().map(\.promise) == [.shredding])
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
        $0.calls[2].isApplied = true
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
    for count in 1...2 {
      let broken = promises {
        $0.calls[2].isApplied = true
        $0.events += Array(repeating: resolved, count: count)
      }
      #expect(broken == (count == 1 ? [] : [.oneOutcome]))
    }
  }
}
