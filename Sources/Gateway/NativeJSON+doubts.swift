import Connections
package import OktaAPI
package import Projections

/// What is known of a doubt, what can settle it, and what to do, in sentences.
extension NativeJSON {
  package static func doubt(_ doubt: OpenDoubt) -> JSONValue {
    [
      "commandId": .string(doubt.commandID.description), "appId": .string(doubt.appID.description),
      "kind": .string(doubt.command.rawValue), "since": .string(doubt.since.description),
      "actor": actor(doubt.context.actor), "reason": JSONValue(doubt.context.reason),
      "ticket": JSONValue(doubt.context.ticket), "detail": JSONValue(doubt.call.detail),
      "upstreamStatus": JSONValue(doubt.call.status),
      "oktaRequestId": JSONValue(doubt.call.requestID), "state": stateOrNull(doubt.known),
      "known": .string(known(doubt)), "settles": .string(settles(doubt)),
      "whatToDo": .string(whatToDo(doubt)),
    ]
  }

  private static func known(_ doubt: OpenDoubt) -> String {
    let call =
      doubt.call.detail.map { $0.hasSuffix(".") ? String($0.dropLast()) : $0 }
      ?? "its call brought no telling answer"
    guard let state = doubt.known else {
      return "\(call.capitalizedFirst). No state of the connection was ever read."
    }
    return "\(call.capitalizedFirst). The last state read is \(state.status), \(state.authScheme)."
  }

  static func settles(_ doubt: OpenDoubt) -> String {
    guard doubt.tellingFields.isEmpty else {
      let fields = doubt.tellingFields.map(\.rawValue).joined(separator: ", ")
      return "A read of the connection tells, by \(fields)."
    }
    return switch doubt.command {
    case .update: "No read can tell: Okta never shows a token or a password."
    case .verify: "No read can tell whether a consent was taken."
    case .activate, .deactivate:
      "No read can tell any more: a later command may have set the status."
    }
  }

  private static func whatToDo(_ doubt: OpenDoubt) -> String {
    let ruling = """
      or look at the far side and rule: hindsight resolve \(doubt.commandID) applied|not-applied \
      --reason WHY.
      """
    if !doubt.tellingFields.isEmpty {
      return "Read the connection through the gateway; Hindsight also does so by itself, " + ruling
    }
    return switch doubt.command {
    case .update:
      "Send the update again with the secret that is to hold: it supersedes this one by name, "
        + ruling
    case .verify: "Activate the connection to see whether the consent holds, " + ruling
    case .activate, .deactivate:
      "Activate or deactivate the connection as it is to be: that supersedes this one by name, "
        + ruling
    }
  }
}
