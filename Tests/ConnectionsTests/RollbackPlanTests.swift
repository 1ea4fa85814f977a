import Testing

@testable import Connections

@Suite struct `A rollback` {
  struct Case: Sendable, CustomTestStringConvertible {
    var testDescription: String
    /// The target is the point after its first events, the present the point after all.
    var story: Story
    var target: Int
    var steps: [RollbackPlan.Step]
    var cautions: [RollbackPlan.Caution]

    init(
      _ name: String, to target: Int, _ steps: [RollbackPlan.Step] = [],
      _ cautions: [RollbackPlan.Caution] = [], _ tell: (inout Story) -> Void
    ) {
      testDescription = name
      self.target = target
      self.steps = steps
      self.cautions = cautions
      story = .telling(tell)
    }
  }

  private static func update(
    _ content: UpdateContent, leaves state: ConnectionState
  ) -> RollbackPlan.Step {
    RollbackPlan.Step(command: .update(content), leaves: state)
  }

  static let nothing: [Case] = [
    Case("to where it is", to: 2) { $0.carryOut(.update(.token("f1")), after: .plain) },
    Case("to the same token, set twice", to: 2) {
      $0.carryOut(.update(.token("f1")), after: .plain)
      $0.carryOut(.update(.token("f1", copy: 2)), after: .plain)
    },
    Case("where only a read lies between", to: 1) {
      $0.baseline(.plain)
      $0.tell(.observed(Observation(cause: .client, isDrift: false, state: .plain)))
    },
    Case("where a refused command lies between", to: 2) {
      $0.carryOut(.update(.token("f1")), after: .plain)
      let id = $0.intend(.update(.token("f2")))
      $0.tell(.refused(Outcome(call: CallRecord(status: 400))), of: id)
    },
  ]

  static let shown: [Case] = [
    Case(
      "to a scheme without a secret that Okta shows, whatever is in doubt", to: 3, [],
      [.presentUncertain]
    ) {
      $0.baseline(.consent.on)
      $0.carryOut(.update(consentContent), after: .consent.on)
      $0.leaveInDoubt(.update(consentContent))
      $0.carryOut(.activate, after: .consent.on)
    }
  ]

  static let status: [Case] = [
    Case("from on to off", to: 1, [.init(command: .deactivate, leaves: .plain)]) {
      $0.baseline(.plain)
      $0.carryOut(.activate, after: .plain.on)
    },
    Case("from off to on", to: 1, [.init(command: .activate, leaves: .plain.on)]) {
      $0.baseline(.plain.on)
      $0.carryOut(.deactivate, after: .plain)
    },
    Case(
      "from off to on with the same token", to: 4, [.init(command: .activate, leaves: .plain.on)]
    ) {
      $0.carryOut(.update(.token("f1")), after: .plain)
      $0.carryOut(.activate, after: .plain.on)
      $0.carryOut(.deactivate, after: .plain)
    },
    Case(
      "of an app with three legs needs no consent for its status", to: 1,
      [.init(command: .activate, leaves: .consent.on)]
    ) {
      $0.baseline(.consent.on)
      $0.carryOut(.deactivate, after: .consent)
    },
  ]

  static let tokens: [Case] = [
    Case(
      "to an earlier token, off", to: 2, [update(.token("f1"), leaves: .plain)],
      [.secretMayBeRevoked]
    ) {
      $0.carryOut(.update(.token("f1")), after: .plain)
      $0.carryOut(.update(.token("f2", copy: 2).activating), after: .plain.on)
    },
    Case(
      "to an earlier token, on, in one step", to: 4,
      [update(.token("f1").activating, leaves: .plain.on)], [.secretMayBeRevoked]
    ) {
      $0.carryOut(.update(.token("f1")), after: .plain)
      $0.carryOut(.activate, after: .plain.on)
      $0.carryOut(.update(.token("f2", copy: 2)), after: .plain)
    },
    Case(
      "to an earlier token that was set active, but is off", to: 4,
      [update(.token("f1"), leaves: .plain)], [.secretMayBeRevoked]
    ) {
      $0.carryOut(.update(.token("f1").activating), after: .plain.on)
      $0.carryOut(.deactivate, after: .plain)
      $0.carryOut(.update(.token("f2", copy: 2).activating), after: .plain.on)
    },
    Case(
      "to an earlier address with the same token", to: 2, [update(.token("f1"), leaves: .plain)],
      [.secretMayBeRevoked]
    ) {
      $0.carryOut(.update(.token("f1")), after: .plain)
      $0.carryOut(
        .update(.token("f1", baseURL: "https://scim.example/2", copy: 2)), after: .elsewhere)
    },
    Case(
      "to an earlier token with fields that nobody kept, and the address that Okta showed", to: 2,
      [
        update(
          UpdateContent(
            authScheme: "TOKEN", baseURL: "https://scim.example/1",
            token: UpdateContent.token("f1").token, unknownFields: ["profile.new"]), leaves: .plain)
      ], [.secretMayBeRevoked, .unknownFieldsLost]
    ) {
      $0.carryOut(
        .update(
          UpdateContent(
            authScheme: "TOKEN", token: UpdateContent.token("f1").token,
            unknownFields: ["profile.new"])), after: .plain)
      $0.carryOut(.update(.token("f2", copy: 2)), after: .plain)
    },
  ]

  static let uncertain: [Case] = [
    Case(
      "sends the token where an update is in doubt", to: 2,
      [update(.token("f1"), leaves: .plain)],
      [.presentUncertain, .secretMayBeRevoked, .presentSecretUnknown]
    ) {
      $0.carryOut(.update(.token("f1")), after: .plain)
      $0.leaveInDoubt(.update(.token("f2", copy: 2)))
    },
    Case(
      "sends the token where the status drifted", to: 2,
      [update(.token("f1"), leaves: .plain)], [.secretMayBeRevoked, .presentSecretUnknown]
    ) {
      $0.carryOut(.update(.token("f1")), after: .plain)
      $0.drift(to: .plain.on)
    },
    Case(
      "sends the token where the address drifted", to: 2,
      [update(.token("f1"), leaves: .plain)], [.secretMayBeRevoked, .presentSecretUnknown]
    ) {
      $0.carryOut(.update(.token("f1")), after: .plain)
      $0.drift(to: .elsewhere)
    },
    Case(
      "of a status that drifted under a secret nobody recorded", to: 1,
      [.init(command: .deactivate, leaves: .plain)], [.presentSecretUnknown]
    ) {
      $0.baseline(.plain)
      $0.drift(to: .plain.on)
    },
    Case(
      "sends the status where a command was not read back", to: 2,
      [.init(command: .deactivate, leaves: .plain)], [.presentUncertain]
    ) {
      $0.carryOut(.update(.token("f1")), after: .plain)
      $0.carryOut(.activate, after: nil)
    },
    Case(
      "to a point in doubt says so", to: 4, [update(.token("f1"), leaves: .plain)],
      [.targetInDoubt, .secretMayBeRevoked]
    ) {
      $0.carryOut(.update(.token("f1")), after: .plain)
      $0.leaveInDoubt(.update(.token("f2", copy: 2)))
      $0.carryOut(.update(.token("f3", copy: 3)), after: .plain)
      $0.tell(
        .resolved(Resolution(verdict: .superseded, supersededBy: .command(3))), of: .command(2))
    },
  ]

  static let schemes: [Case] = [
    Case(
      "from a service app to a token", to: 2, [update(.token("f1"), leaves: .plain)],
      [.secretMayBeRevoked]
    ) {
      $0.carryOut(.update(.token("f1")), after: .plain)
      $0.carryOut(.update(.service.activating), after: .service.on)
    },
    Case(
      "from a token to a service app", to: 2, [update(.service.activating, leaves: .service.on)]
    ) {
      $0.carryOut(.update(.service.activating), after: .service.on)
      $0.carryOut(.update(.token("f1")), after: .plain)
    },
    Case(
      "to a service app from before anybody watched", to: 1,
      [update(.service.activating, leaves: .service.on)]
    ) {
      $0.baseline(.service.on)
      $0.carryOut(.update(.token("f1")), after: .plain)
    },
    Case(
      "to a service app that was set elsewhere", to: 2, [update(.service, leaves: .service)]
    ) {
      $0.baseline(.plain)
      $0.drift(to: .service)
      $0.carryOut(.update(.token("f1")), after: .plain)
    },
    Case(
      "from a token set elsewhere to a service app", to: 1, [update(.service, leaves: .service)],
      [.presentSecretUnknown]
    ) {
      $0.baseline(.service)
      $0.drift(to: .plain)
    },
  ]

  /// A state of an app whose consent a person gives.
  private static let consentContent = UpdateContent(authScheme: "OAUTH2")

  static let consent: [Case] = [
    Case(
      "to a scheme that needs consent, which a verify named", to: 1,
      [update(consentContent, leaves: .consent)], [.provisioningOffMeanwhile]
    ) {
      $0.baseline(.consent.on)
      $0.carryOut(.verify(appName: "slack"), after: .consent.on)
      $0.carryOut(.update(.token("f1").activating), after: .plain.on)
    },
    Case(
      "to what was consented to, from an update that nobody consented to", to: 3,
      [update(consentContent, leaves: .consent)]
    ) {
      $0.baseline(.consent.on)
      $0.carryOut(.update(consentContent), after: .consent.on)
      $0.carryOut(.update(consentContent), after: .consent)
    },
  ]

  @Test(arguments: nothing + shown + status + tokens + uncertain + schemes + consent)
  func `has the fewest steps that lead back`(rollback: Case) throws {
    let target = try RollbackTarget.version(rollback.target).find(in: rollback.story.events)
    let plan = try rollback.story.connection.plan(backTo: target)
    #expect(plan.steps == rollback.steps)
    #expect(plan.cautions == rollback.cautions)
    #expect(plan.appID == Story.app)
    #expect(plan.presentVersion == rollback.story.events.count)
    #expect(plan.targetVersion == rollback.target)
    #expect(plan.target == target.known?.state)
    #expect(plan.present == (try rollback.story.connection.known?.state))
  }

  @Test(arguments: status + tokens + uncertain + schemes)
  func `leaves nothing to do once it was carried out`(rollback: Case) throws {
    var story = rollback.story
    let target = try RollbackTarget.version(rollback.target).find(in: story.events)
    for step in try story.connection.plan(backTo: target).steps {
      let id = story.intend(step.command)
      let call = CallRecord(status: 200)
      story.tell(
        try story.connection.conclude(
          id, verdict: .succeeded(call), after: .got(step.leaves)), of: id)
    }
    let again = try story.connection.plan(backTo: target)
    #expect(again.steps == [])
    #expect(again.present == target.known?.state)
  }
}
