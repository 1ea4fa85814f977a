/// How to get a connection from where it is to where it was: the steps, what each leaves behind,
/// and what nobody can know. Pure, so that the same two points always give the same plan.
package struct RollbackPlan: Hashable, Sendable {
  package var appID: AppID
  /// The version of the stream on which the plan stands; a stream that moved voids it.
  package var presentVersion: Int
  package var targetVersion: Int
  package var present: ConnectionState
  package var target: ConnectionState
  package var steps: [Step]
  package var cautions: [Caution]

  /// One command, and the state that it should leave.
  package struct Step: Hashable, Sendable {
    package var command: ConnectionCommand
    package var leaves: ConnectionState
  }

  /// What is not certain, and should be read before going on.
  package enum Caution: String, Hashable, Sendable {
    /// The far side may have revoked the old secret since; Okta checks it and may refuse.
    case secretMayBeRevoked
    /// The present secret cannot be known, so the recorded one is sent in any case.
    case presentSecretUnknown
    /// The content had fields that were recorded by name only and cannot be sent again.
    case unknownFieldsLost
    /// The target's state rests on a command that is in doubt.
    case targetInDoubt
  }

  /// The canonical bytes whose digest names the plan.
  package var canonicalBytes: [UInt8] {
    CanonicalWriter.object { writer in
      writer.string("appId", appID.description)
      writer.strings("cautions", cautions.map(\.rawValue))
      writer.object("present") { present.write(to: &$0) }
      writer.integer("presentVersion", presentVersion)
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
  case targetNotFound
  /// Nothing was known of the connection at the target.
  case targetStateUnknown
  case presentStateUnknown
  /// The secret was set before Hindsight watched, or past it.
  case secretNeverRecorded
  /// The scheme needs a person's consent in a browser.
  case needsConsent
  /// The app has no provisioning.
  case unsupportedApp
  /// A command of this connection is running or waits for recovery.
  case commandInFlight(CommandID)
  case unreadable(EventFault)
}

extension Connection {
  /// Plans the way from here to an earlier point of the same connection.
  package func plan(backTo target: Connection) throws(RollbackBlocker) -> RollbackPlan {
    if let open = openIntents.first { throw .commandInFlight(open.commandID) }
    guard let now = known?.state else { throw .presentStateUnknown }
    guard let then = target.known?.state else { throw .targetStateUnknown }
    if now.isUnsupported || then.isUnsupported { throw .unsupportedApp }

    var plan = RollbackPlan(
      appID: appID, presentVersion: version, targetVersion: target.version, present: now,
      target: then, steps: [], cautions: target.doubts.isEmpty ? [] : [.targetInDoubt])
    if let content = try update(backTo: target, then) {
      plan.steps.append(RollbackPlan.Step(command: .update(content), leaves: then))
      if content.token != nil || content.adminPassword != nil {
        plan.cautions.append(.secretMayBeRevoked)
      }
      if !isCredentialCertain { plan.cautions.append(.presentSecretUnknown) }
      if !content.unknownFields.isEmpty { plan.cautions.append(.unknownFieldsLost) }
    } else if now.status != then.status {
      plan.steps.append(
        RollbackPlan.Step(command: then.isEnabled ? .activate : .deactivate, leaves: then))
    }
    return plan
  }

  /// The one update that restores configuration and secret, or `nil` when both are as they were.
  private func update(
    backTo target: Connection, _ then: ConnectionState
  ) throws(RollbackBlocker) -> UpdateContent? {
    let sameConfiguration = known?.state.hasSameConfiguration(as: then) == true
    switch (credential, target.credential) {
    case (.neverRecorded, .neverRecorded) where sameConfiguration && !hasDriftedSinceUpdate:
      return nil
    case (.changedElsewhere(let mine), .changedElsewhere(let theirs))
    where sameConfiguration && mine == theirs:
      return nil
    case (_, .neverRecorded), (_, .changedElsewhere):
      guard then.authScheme == ConnectionState.Word.oauth2, !needsConsent, !target.needsConsent,
        then.clientID != nil
      else {
        if needsConsent || target.needsConsent { throw .needsConsent }
        throw .secretNeverRecorded
      }
      // Org2Org with OAuth holds no secret here: what Okta showed is all there is.
      let content = UpdateContent(
        authScheme: then.authScheme, clientID: then.clientID, rotationMode: then.rotationMode,
        activate: then.isEnabled)
      return isAlready(content, sameConfiguration) ? nil : content
    case (_, .recorded(let content, _, _)):
      if isAlready(content, sameConfiguration) { return nil }
      if needsConsent || target.needsConsent { throw .needsConsent }
      var content = content
      content.activate = then.isEnabled
      return content
    }
  }

  /// The update would set what certainly is set.
  private func isAlready(_ content: UpdateContent, _ sameConfiguration: Bool) -> Bool {
    sameConfiguration && isCredentialCertain
      && credential.content?.sets(sameAs: content) == true
  }
}
