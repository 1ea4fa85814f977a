import Testing

@testable import Connections

@Suite struct `A command in doubt` {
  typealias Verdict = Resolution.Verdict

  private func verdict(
    of command: ConnectionCommand, before: ConnectionState?, shown: ConnectionState
  ) -> Verdict? {
    let reading = before.map { Reading.got($0) } ?? Reading(without: "failed")
    return Intent(before: reading, command: command, expectedVersion: 1).settled(by: shown)
  }

  @Test(
    arguments: [
      (.plain, .plain.on, .applied), (.plain, .plain, .notApplied),
      (.plain.on, .plain.on, .noDifference), (.plain.on, .plain, .notApplied),
      (nil, .plain.on, .noDifference), (nil, .plain, .notApplied),
      (.unsupported, .unsupported, .notApplied), (nil, .unsupported, .notApplied),
    ] as [(ConnectionState?, ConnectionState, Verdict)])
  func `that turns provisioning on is settled by the status`(
    before: ConnectionState?, shown: ConnectionState, expected: Verdict
  ) {
    #expect(verdict(of: .activate, before: before, shown: shown) == expected)
  }

  @Test(
    arguments: [
      (.plain.on, .plain, .applied), (.plain.on, .plain.on, .notApplied),
      (.plain, .plain, .noDifference), (.plain, .plain.on, .notApplied),
      (nil, .plain, .noDifference), (nil, .plain.on, .notApplied),
      (.unsupported, .unsupported, .notApplied),
    ] as [(ConnectionState?, ConnectionState, Verdict)])
  func `that turns provisioning off is settled by the status`(
    before: ConnectionState?, shown: ConnectionState, expected: Verdict
  ) {
    #expect(verdict(of: .deactivate, before: before, shown: shown) == expected)
  }

  @Test(arguments: [ConnectionState.consent, .consent.on, .unsupported])
  func `that verifies a consent is never settled by a read`(shown: ConnectionState) {
    #expect(verdict(of: .verify(appName: "slack"), before: .consent, shown: shown) == nil)
  }

  struct Update: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var before: ConnectionState?
    var content: UpdateContent
    var shown: ConnectionState
    var verdict: Verdict?

    init(
      _ name: String, _ before: ConnectionState?, _ content: UpdateContent,
      _ shown: ConnectionState, _ verdict: Verdict?
    ) {
      testDescription = name
      self.before = before
      self.content = content
      self.shown = shown
      self.verdict = verdict
    }
  }

  static let moving = UpdateContent.token("f1", baseURL: "https://scim.example/2")
  static let third = ConnectionState.plain.with { $0.baseURL = "https://scim.example/3" }

  static let updates: [Update] = [
    Update("a token alone shows nowhere", .plain, .token("f1"), .plain, nil),
    Update("a token alone, and something else moved", .plain, .token("f1"), .elsewhere, nil),
    Update("the new address is shown", .plain, moving, .elsewhere, .applied),
    Update("the old address is shown", .plain, moving, .plain, .notApplied),
    Update("a third address is shown", .plain, moving, third, nil),
    Update("the old address, but the status moved", .plain, moving, .plain.on, nil),
    Update("the new scheme is shown", .plain, .service, .service, .applied),
    Update("the old scheme is shown", .plain, .service, .plain, .notApplied),
    Update(
      "one of two changes is shown", .plain, .service, .plain.with { $0.authScheme = "OAUTH2" },
      nil),
    Update(
      "another rotation is shown", .service,
      UpdateContent(authScheme: "OAUTH2", rotationMode: "MANUAL"),
      .service.with { $0.rotationMode = "MANUAL" }, .applied),
    Update("it was to activate, and did", .plain, .token("f1").activating, .plain.on, .applied),
    Update("it was to activate, and did not", .plain, .token("f1").activating, .plain, .notApplied),
    Update(
      "it was to activate what was active", .plain.on, .token("f1").activating, .plain.on, nil),
    Update(
      "the new address, not yet active", .plain, moving.activating, .elsewhere, nil),
    Update(
      "the new address, and active", .plain, moving.activating, .elsewhere.on, .applied),
    Update("it may have dropped to disabled", .plain.on, .token("f1"), .plain, nil),
    Update("no state was known before", nil, moving, .elsewhere, nil),
    Update("the app has no provisioning", .plain, moving, .unsupported, .notApplied),
    Update("the app never had provisioning", nil, moving, .unsupported, .notApplied),
  ]

  @Test(arguments: updates)
  func `that updates is settled only by what it must change`(update: Update) {
    #expect(
      verdict(of: .update(update.content), before: update.before, shown: update.shown)
        == update.verdict)
  }
}
