/// Whose doing a change is that a read shows.
extension Connection {
  /// The commands of ours that may have set a field to what a read shows, in their order: those
  /// that have no outcome yet, that are in doubt, or whose effect was not read back. Empty where
  /// none asked for it: then somebody did it past Hindsight.
  package func explanations(
    of field: Intent.VisibleField, in state: ConnectionState
  ) -> [OpenCommand] {
    (doubts + openIntents + [unconfirmed].compactMap(\.self))
      .filter { open in
        !open.overwritten.contains(field)
          && open.intent.command.maySet(field, to: state[field], after: known?.state)
      }
      .sorted { $0.intendedVersion < $1.intendedVersion }
  }

  /// Whether commands of ours may have made all that is different in what a read shows.
  func explains(_ state: ConnectionState) -> Bool {
    Intent.VisibleField.allCases.allSatisfy { field in
      known?.state[field] == state[field] || !explanations(of: field, in: state).isEmpty
    }
  }
}

extension ConnectionCommand {
  /// Whether Okta may show a field so once it has carried this out.
  fileprivate func maySet(
    _ field: Intent.VisibleField, to shown: String?, after before: ConnectionState?
  ) -> Bool {
    switch self {
    case .verify: return false
    case .activate: return field == .status && shown == ConnectionState.Word.enabled
    case .deactivate: return field == .status && shown == ConnectionState.Word.disabled
    case .update(let content):
      if field == .status {
        // One that was to activate may have come no further than the pause.
        return shown == ConnectionState.Word.disabled
          || content.activate && shown == ConnectionState.Word.enabled
      }
      if let wanted = content[field] { return shown == wanted }
      // What is not named, Okta may leave, take away, or fill with what a new scheme has.
      if shown == nil || field == .rotationMode { return true }
      if field == .clientId, before?.clientID == nil { return true }
      return content.authScheme != nil && content.authScheme != before?.authScheme
    }
  }
}

extension UpdateContent {
  fileprivate subscript(field: Intent.VisibleField) -> String? {
    switch field {
    case .status: nil
    case .authScheme: authScheme
    case .baseUrl: baseURL
    case .clientId: clientID
    case .rotationMode: rotationMode
    }
  }
}
