/// How to get a connection from where it is to where it was: the steps, what each leaves behind,
/// and what nobody can know. Pure, so that the same two points always give the same plan.
package struct RollbackPlan: Hashable, Sendable {
  package var appID: AppID
  package var presentVersion: Int
  /// The version at which the connection last moved: a connection that moved voids the plan.
  package var movedVersion: Int
  package var targetVersion: Int
  package var present: ConnectionState
  package var target: ConnectionState
  package var steps: [Step]
  /// What a person does after the steps: consent in a browser, whose outcome is verified, then
  /// activate where the target was enabled. Empty where nobody is needed.
  package var awaited: [ConnectionCommand.Kind] = []
  package var cautions: [Caution]

  package var needsConsent: Bool { !awaited.isEmpty }

  /// One command, and the state that it should leave.
  package struct Step: Hashable, Sendable {
    package var command: ConnectionCommand
    package var leaves: ConnectionState
  }

  /// What is not certain, and should be read before going on.
  package enum Caution: String, Hashable, Sendable, CaseIterable {
    /// The far side may have revoked the old secret since; Okta checks it and may refuse.
    case secretMayBeRevoked
    /// The present secret cannot be known; the recorded one, if there is one, is sent in any case.
    case presentSecretUnknown
    /// A command is in doubt, or no read has shown what the last one left.
    case presentUncertain
    /// The content had fields that were recorded by name only and cannot be sent again.
    case unknownFieldsLost
    /// The target's state rests on a command that is in doubt.
    case targetInDoubt
    /// Somebody changed the connection past Hindsight before the target: whether its secret was the
    /// recorded one was not known even then.
    case targetSecretUncertain
    /// Provisioning is off from the update until a person has consented and activated.
    case provisioningOffMeanwhile
    /// The change before which the target lies was itself a rollback.
    case undoesRollback

    /// No look at anything can tell; the others are what could go wrong.
    package var isUnknowable: Bool {
      switch self {
      case .presentSecretUnknown, .presentUncertain, .targetInDoubt, .targetSecretUncertain: true
      case .secretMayBeRevoked, .unknownFieldsLost, .provisioningOffMeanwhile, .undoesRollback:
        false
      }
    }
  }

  /// The most calls of Okta's rate budget that it takes, the person's among them: a read before the
  /// first step, each step, and a read after whatever answers without showing the connection. A
  /// last one that fails is tried once more, which is not counted.
  package var calls: Int {
    let sent = steps.map(\.command.kind) + awaited
    return sent.isEmpty ? 0 : 1 + sent.map { $0 == .update ? 1 : 2 }.reduce(0, +)
  }

  /// The canonical bytes whose digest names the plan.
  package var canonicalBytes: [UInt8] {
    CanonicalWriter.object { writer in
      writer.string("appId", appID.description)
      writer.strings("awaited", awaited.map(\.rawValue))
      writer.strings("cautions", cautions.map(\.rawValue))
      writer.integer("movedVersion", movedVersion)
      writer.object("present") { present.write(to: &$0) }
      writer.objects("steps", steps) { writer, step in
        writer.object("command") { step.command.write(to: &$0) }
        writer.object("leaves") { step.leaves.write(to: &$0) }
      }
      writer.object("target") { target.write(to: &$0) }
      writer.integer("targetVersion", targetVersion)
    }
  }
}

/// Why there is no way back; said before anything is sent.
package enum RollbackBlocker: Error, Hashable, Sendable {
  /// Nothing is recorded of this connection.
  case connectionNotKnown
  case targetNotFound
  /// Nothing was known of the connection at the target.
  case targetStateUnknown
  case presentStateUnknown
  /// The secret was set before Hindsight watched, or past it.
  case secretNeverRecorded
  /// The secret was marked compromised, and is never used again.
  case secretCompromised(fingerprint: String)
  /// Every copy of the secret was shredded.
  case secretShredded(fingerprint: String)
  /// Another rollback of this connection has not ended.
  case rollbackOpen(CommandID)
  /// The rollback stopped, and this command of somebody else updated the connection since.
  case overtaken(by: CommandID)
  /// The app has no provisioning.
  case unsupportedApp
  /// A command of this connection is running or waits for recovery.
  case commandInFlight(CommandID)
  case unreadable(EventFault)
}

extension Connection {
  /// Plans the way from here to an earlier point of the same connection.
  ///
  /// - Parameter resuming: plans what is left of the open rollback, which otherwise stands in the
  ///   way.
  package func plan(
    backTo target: Connection, resuming: Bool = false
  ) throws(RollbackBlocker) -> RollbackPlan {
    if let open = openIntents.first { throw .commandInFlight(open.commandID) }
    if let rollback, !resuming { throw .rollbackOpen(rollback.id) }
    if let command = rollback?.overtakenBy { throw .overtaken(by: command) }
    guard let now = known?.state else { throw .presentStateUnknown }
    guard let then = target.known?.state else { throw .targetStateUnknown }
    if now.isUnsupported || then.isUnsupported { throw .unsupportedApp }

    var plan = RollbackPlan(
      appID: appID, presentVersion: version, movedVersion: movedVersion,
      targetVersion: target.version, present: now, target: then, steps: [],
      cautions: target.doubts.isEmpty ? [] : [.targetInDoubt])
    if isUnconfirmed || !doubts.isEmpty { plan.cautions.append(.presentUncertain) }
    if let content = try update(backTo: target, then) {
      add(content, to: &plan, target)
    } else {
      if hasDriftedSinceUpdate { plan.cautions.append(.presentSecretUnknown) }
      if now.status != then.status || isUnconfirmed || hasTellableDoubt {
        plan.steps.append(
          RollbackPlan.Step(command: then.isEnabled ? .activate : .deactivate, leaves: then))
      }
    }
    return plan
  }

  /// An update leaves provisioning off unless it activates, too; that it can do for whatever needs
  /// no person's consent.
  private func add(_ content: UpdateContent, to plan: inout RollbackPlan, _ target: Connection) {
    // What the old request left to Okta may be another by now: what Okta showed is asked for.
    var content = content.filled(from: plan.target)
    var leaves = plan.target
    if needsConsent || target.needsConsent {
      content.activate = false
      leaves.status = ConnectionState.Word.disabled
      leaves.offersConsent = true
      // A target that nobody had consented to is reached without.
      if !target.isConsentPending {
        plan.awaited = plan.target.isEnabled ? [.verify, .activate] : [.verify]
      }
      if plan.present.isEnabled { plan.cautions.append(.provisioningOffMeanwhile) }
    } else {
      content.activate = plan.target.isEnabled
    }
    plan.steps.append(RollbackPlan.Step(command: .update(content), leaves: leaves))
    if !content.secrets.isEmpty {
      plan.cautions.append(.secretMayBeRevoked)
      if target.hasDriftedSinceUpdate { plan.cautions.append(.targetSecretUncertain) }
    }
    if !isCredentialCertain { plan.cautions.append(.presentSecretUnknown) }
    if !content.unknownFields.isEmpty { plan.cautions.append(.unknownFieldsLost) }
  }

  /// The one update that restores configuration and secret, or `nil` when both are as they were.
  private func update(
    backTo target: Connection, _ then: ConnectionState
  ) throws(RollbackBlocker) -> UpdateContent? {
    let sameConfiguration = known?.state.hasSameConfiguration(as: then) == true
    let sameConsent = !isConsentPending || target.isConsentPending
    switch (credential, target.credential) {
    case (.neverRecorded, .neverRecorded)
    where sameConfiguration && sameConsent:
      return nil
    case (.changedElsewhere(let mine), .changedElsewhere(let theirs))
    where sameConfiguration && sameConsent && mine == theirs:
      return nil
    case (_, .neverRecorded), (_, .changedElsewhere):
      let content = try contentWithoutSecret(of: target, then)
      return isAlready(content.filled(from: then), sameConfiguration && sameConsent) ? nil : content
    case (_, .recorded(let content, _, _)):
      return isAlready(content.filled(from: then), sameConfiguration && sameConsent) ? nil : content
    }
  }

  /// What Okta showed, where that is all there is: a scheme that holds no secret here.
  private func contentWithoutSecret(
    of target: Connection, _ then: ConnectionState
  ) throws(RollbackBlocker) -> UpdateContent {
    let isOAuth = then.authScheme == ConnectionState.Word.oauth2
    // Org2Org with OAuth: Okta signs with a key of its own.
    if isOAuth, !needsConsent, !target.needsConsent, then.clientID != nil {
      return UpdateContent(
        authScheme: then.authScheme, clientID: then.clientID, rotationMode: then.rotationMode)
    }
    // Where a person consents there is no other secret, but for the administrator of Office 365.
    if isOAuth, let name = target.appName ?? appName, Self.threeLeggedApps.contains(name),
      name != "office365"
    {
      return UpdateContent(authScheme: then.authScheme)
    }
    throw .secretNeverRecorded
  }

  /// The update would set what certainly is set.
  private func isAlready(_ content: UpdateContent, _ isSame: Bool) -> Bool {
    guard isSame else { return false }
    // All that it sets is shown.
    if content.secrets.isEmpty, content.unknownFields.isEmpty { return true }
    guard isCredentialCertain, let mine = credential.content, let now = known?.state else {
      return false
    }
    return mine.filled(from: now).sets(sameAs: content)
  }
}

extension UpdateContent {
  /// With what Okta showed in the place of what was not said.
  fileprivate func filled(from state: ConnectionState) -> UpdateContent {
    var content = self
    content.baseURL = baseURL ?? state.baseURL
    content.clientID = clientID ?? state.clientID
    content.rotationMode = rotationMode ?? state.rotationMode
    return content
  }
}
