import Testing

@testable import Connections

/// Back to before the last change, where a command of the history was in doubt.
@Suite struct `The target of a rollback past a doubt` {
  struct History: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var story: Story
    var token: String
    var isOn: Bool
    /// Whether nobody knows until today what was so.
    var isInDoubt: Bool

    init(
      _ name: String, is token: String, on isOn: Bool = true, inDoubt isInDoubt: Bool = false,
      _ tell: (inout Story) -> Void
    ) {
      testDescription = name
      self.token = token
      self.isOn = isOn
      self.isInDoubt = isInDoubt
      // Every history begins with a token that has worked.
      story = .telling {
        $0.baseline(.plain)
        $0.carryOut(.update(.token("f1").activating), after: .plain.on)
      }
      tell(&story)
    }
  }

  static let histories: [History] = [
    History("in doubt, then another that superseded it", is: "f1") {
      let doubt = $0.leaveInDoubt(.update(.token("f2").activating))
      $0.supersede(doubt, by: .update(.token("f3").activating), after: .plain.on)
    },
    History("in doubt and seen to be off, sent again", is: "f1") {
      let doubt = $0.leaveInDoubt(.update(.token("f2")))
      $0.see(.plain)
      $0.supersede(doubt, by: .update(.token("f2")), after: .plain)
    },
    History("in doubt and seen to be off, sent again, activated", is: "f1") {
      let doubt = $0.leaveInDoubt(.update(.token("f2")))
      $0.see(.plain)
      $0.supersede(doubt, by: .update(.token("f2")), after: .plain)
      $0.carryOut(.activate, after: .plain.on)
    },
    History("in doubt, off for a month, superseded", is: "f1", on: false, inDoubt: true) {
      let doubt = $0.leaveInDoubt(.update(.token("f2").activating))
      $0.carryOut(.deactivate, after: .plain)
      $0.supersede(doubt, by: .update(.token("f3")), after: .plain)
    },
    History("still in doubt", is: "f1") { $0.leaveInDoubt(.update(.token("f2"))) },
    History("still in doubt, seen to be off", is: "f1") {
      $0.leaveInDoubt(.update(.token("f2")))
      $0.see(.plain)
    },
    History("still in doubt, seen to be off, activated", is: "f1") {
      $0.leaveInDoubt(.update(.token("f2")))
      $0.see(.plain)
      $0.carryOut(.activate, after: .plain.on)
    },
    History("in doubt, ruled to be carried out", is: "f1") {
      let doubt = $0.leaveInDoubt(.update(.token("f2").activating))
      $0.rule(doubt, .applied)
    },
    History("carried out by a late ruling, turned off meanwhile", is: "f2") {
      let doubt = $0.leaveInDoubt(.update(.token("f2").activating))
      $0.carryOut(.deactivate, after: .plain)
      $0.rule(doubt, .applied)
    },
    History("not carried out by a late ruling, turned off meanwhile", is: "f1") {
      let doubt = $0.leaveInDoubt(.update(.token("f2").activating))
      $0.carryOut(.deactivate, after: .plain)
      $0.rule(doubt, .notApplied)
    },
    History("not carried out, and seen between", is: "f1", on: false) {
      $0.carryOut(.deactivate, after: .plain)
      $0.carryOut(.update(.token("f2").activating), after: .plain.on)
      let doubt = $0.leaveInDoubt(.update(.token("f3")))
      $0.see(.plain)
      $0.see(.plain.on)
      $0.rule(doubt, .notApplied)
    },
    History("carried out as a read showed", is: "f1") {
      let doubt = $0.leaveInDoubt(
        .update(.token("f2", baseURL: "https://scim.example/2").activating))
      $0.tell(
        .resolved(Resolution(verdict: .applied, observed: .got(.elsewhere.on))), of: doubt)
    },
    History("a doubt superseded between two rollbacks", is: "f4") {
      $0.carryOut(.update(.token("f2").activating), after: .plain.on)
      $0.rollBack { $0.carryOut(.update(.token("f1").activating), after: .plain.on) }
      let doubt = $0.leaveInDoubt(.update(.token("f3").activating))
      $0.supersede(doubt, by: .update(.token("f4").activating), after: .plain.on)
      $0.rollBack { $0.carryOut(.update(.token("f1").activating), after: .plain.on) }
    },
    History("a doubt superseded by a rollback", is: "f1") {
      let doubt = $0.leaveInDoubt(.update(.token("f2").activating))
      $0.rollBack {
        $0.supersede(doubt, by: .update(.token("f5").activating), after: .plain.on)
      }
    },
  ]

  @Test(arguments: histories)
  func `is the point before the last change`(history: History) throws {
    let found = try RollbackTarget.previous.find(in: history.story.events)
    #expect(found.credential.content?.token?.fingerprint == history.token)
    #expect(found.known?.state.isEnabled == history.isOn)
    #expect(!found.doubts.isEmpty == history.isInDoubt)
  }

  @Test(arguments: [(Resolution.Verdict.applied, "f2"), (.notApplied, "f1")])
  func `is what was so then, though it was told later`(
    verdict: Resolution.Verdict, token: String
  ) throws {
    var story = Story.telling {
      $0.baseline(.plain)
      $0.carryOut(.update(.token("f1").activating), after: .plain.on)  // 2, 3
    }
    let doubt = story.leaveInDoubt(.update(.token("f2").activating))  // 4, 5
    let last = story.carryOut(.update(.token("f3").activating), after: .plain.on)
    story.rule(doubt, verdict)
    for target in [RollbackTarget.version(5), .asOf(Story.moment(5)), .beforeCommand(last)] {
      let found = try target.find(in: story.events)
      #expect(found.credential.content?.token?.fingerprint == token)
      #expect(found.doubts.isEmpty)
      #expect(found.version == 5)
      #expect(try story.connection.plan(backTo: found).cautions == [.secretMayBeRevoked])
    }
  }

  @Test func `is told to rest on a doubt where that was superseded`() throws {
    var story = Story.telling {
      $0.baseline(.plain)
      $0.carryOut(.update(.token("f1").activating), after: .plain.on)
    }
    let doubt = story.leaveInDoubt(.update(.token("f2").activating))
    story.supersede(doubt, by: .update(.token("f3").activating), after: .plain.on)
    let found = try RollbackTarget.version(5).find(in: story.events)
    #expect(try story.connection.plan(backTo: found).cautions.contains(.targetInDoubt))
  }
}

extension Story {
  /// A read that a command in doubt may explain.
  fileprivate mutating func see(_ state: ConnectionState) {
    tell(.observed(Observation(cause: .client, isDrift: false, state: state)))
  }

  fileprivate mutating func rule(_ doubt: CommandID, _ verdict: Resolution.Verdict) {
    tell(.resolved(Resolution(verdict: verdict, isRuling: true)), of: doubt)
  }

  fileprivate mutating func supersede(
    _ doubt: CommandID, by command: ConnectionCommand, after state: ConnectionState
  ) {
    let later = carryOut(command, after: state)
    tell(.resolved(Resolution(verdict: .superseded, supersededBy: later)), of: doubt)
  }

  fileprivate mutating func rollBack(_ steps: (inout Story) -> Void) {
    let start = RollbackStart(planDigest: "d", steps: [], target: .previous, targetVersion: 1)
    tell(.rollback(.started(start)), of: .command(90 + events.count))
    let began = events.count
    steps(&self)
    tell(.rollback(.completed(RollbackEnd(startedBy: .event(began), stepsDone: 1))))
  }
}
