import Testing

@testable import Connections

@Suite struct `A rollback is not begun` {
  struct Case: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var story: Story
    var target: Int
    var blocker: RollbackBlocker

    init(
      _ name: String, to target: Int, _ blocker: RollbackBlocker,
      _ tell: (inout Story) -> Void
    ) {
      testDescription = name
      self.target = target
      self.blocker = blocker
      story = .telling(tell)
    }
  }

  static let secrets: [Case] = [
    Case("to a token from before anybody watched", to: 1, .secretNeverRecorded) {
      $0.baseline(.plain)
      $0.carryOut(.update(.token("f1")), after: .plain)
    },
    Case("to a token that was set elsewhere", to: 4, .secretNeverRecorded) {
      $0.baseline(.plain)
      $0.carryOut(.update(.token("f1")), after: .plain)
      $0.drift(to: .elsewhere)
      $0.carryOut(.update(.token("f2")), after: .plain)
    },
    Case("over a drift to an address nobody recorded", to: 1, .secretNeverRecorded) {
      $0.baseline(.plain)
      $0.drift(to: .elsewhere)
    },
    Case("to a service app whose id is not shown", to: 1, .secretNeverRecorded) {
      $0.baseline(.service.with { $0.clientID = nil })
      $0.carryOut(.update(.token("f1")), after: .plain)
    },
  ]

  static let consent: [Case] = [
    Case("to a password of Office 365 that nobody recorded", to: 1, .secretNeverRecorded) {
      $0.baseline(.consent)
      $0.carryOut(.verify(appName: "office365"), after: .consent)
      $0.carryOut(.update(UpdateContent(authScheme: "OAUTH2")), after: .consent)
    },
    Case("to a consent of an app whose kind nobody named", to: 1, .secretNeverRecorded) {
      $0.baseline(.consent.on)
      $0.carryOut(.update(.token("f1")), after: .plain)
    },
  ]

  static let others: [Case] = [
    Case("for an app without provisioning", to: 1, .unsupportedApp) {
      $0.baseline(.unsupported)
      $0.carryOut(.activate, after: .unsupported)
    },
    Case("to when the app had no provisioning", to: 1, .unsupportedApp) {
      $0.baseline(.unsupported)
      $0.carryOut(.update(.token("f1")), after: .plain)
    },
    Case("once the app has no provisioning", to: 2, .unsupportedApp) {
      $0.carryOut(.update(.token("f1")), after: .plain)
      $0.drift(to: .unsupported)
    },
    Case("while a command has no outcome", to: 2, .commandInFlight(.command(2))) {
      $0.carryOut(.update(.token("f1")), after: .plain)
      $0.intend(.activate)
    },
    Case("to a point where nothing was known", to: 0, .targetStateUnknown) {
      $0.baseline(.plain)
    },
    Case("to an intent that nobody read", to: 1, .targetStateUnknown) {
      $0.carryOut(.update(.token("f1")), after: .plain)
    },
    Case("while another rollback has not ended", to: 2, .rollbackOpen(.command(9))) {
      $0.carryOut(.update(.token("f1")), after: .plain)
      $0.tell(
        .rollback(
          .started(
            RollbackStart(planDigest: "d", steps: [], target: .version(1), targetVersion: 1))),
        of: .command(9))
    },
    Case("while the present is not known", to: 2, .presentStateUnknown) {
      $0.carryOut(.update(.token("f1")), after: nil)
    },
  ]

  @Test(arguments: secrets + consent + others)
  func `and says why`(rollback: Case) throws {
    let target = try RollbackTarget.version(rollback.target).find(in: rollback.story.events)
    let connection = try rollback.story.connection
    #expect(throws: rollback.blocker) { try connection.plan(backTo: target) }
  }
}

@Suite struct `The digest of a rollback plan` {
  let plan: RollbackPlan

  init() throws {
    let story = Story.telling {
      $0.carryOut(.update(.token("f1")), after: .plain)
      $0.carryOut(.update(.token("f2", copy: 2)), after: .plain)
    }
    let target = try RollbackTarget.version(2).find(in: story.events)
    plan = try story.connection.plan(backTo: target)
  }

  @Test func `is taken of this text`() {
    let state =
      #"{"authScheme":"TOKEN","baseUrl":"https://scim.example/1","offersConsent":false,"#
      + #""status":"DISABLED"}"#
    let text = #"""
      {"appId":"0oaZSCALER0000000001","cautions":["secretMayBeRevoked"],"movedVersion":4,\#
      "present":\#(state),"steps":[{"command":{"content":{"activate":false,"authScheme":"TOKEN",\#
      "baseUrl":"https://scim.example/1","token":{"commitment":"c01","field":"token",\#
      "fingerprint":"f1","id":"01a20763-f100-7050-9050-505050505001"}},"kind":"update"},\#
      "leaves":\#(state)}],"target":\#(state),"targetVersion":2}
      """#
    #expect(String(decoding: plan.canonicalBytes, as: UTF8.self) == text)
  }

  @Test func `changes with whatever the plan says`() {
    let changes: [(inout RollbackPlan) -> Void] = [
      { $0.appID = AppID(recorded: "0oaOTHER") }, { $0.movedVersion += 1 },
      { $0.targetVersion += 1 }, { $0.present = .plain.on }, { $0.target = .plain.on },
      { $0.steps = [] }, { $0.steps += $0.steps }, { $0.cautions = [] },
      { $0.steps[0].leaves = .plain.on }, { $0.steps[0].command = .activate },
      { $0.steps[0].command = .update(.token("f9")) }, { $0.awaited = [.verify] },
    ]
    var seen: Set<[UInt8]> = [plan.canonicalBytes]
    for change in changes {
      var other = plan
      change(&other)
      #expect(seen.insert(other.canonicalBytes).inserted)
    }
  }
}
