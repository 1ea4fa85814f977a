extension Intent {
  /// A field that Okta shows, and that this command was to change.
  package enum VisibleField: String, Sendable, CaseIterable {
    case status, authScheme, baseUrl, clientId, rotationMode
  }

  /// What a state read later says of a command that may have happened. `nil`: nothing, the doubt
  /// stays.
  ///
  /// Okta shows status, scheme, base URL, client id and rotation mode; it never shows a secret. So
  /// an update is settled only by something visible that it must change.
  ///
  /// - Parameter overwritten: what a later command may have set, which tells nothing of this one.
  package func settled(
    by state: ConnectionState, overwritten: Set<VisibleField> = []
  ) -> Resolution.Verdict? {
    if case .verify = command { return nil }
    // Where there is no provisioning, none was set up.
    if state.isUnsupported { return .notApplied }
    let changes = visibleChanges.filter { !overwritten.contains($0.field) }
    if command.kind != .update {
      if overwritten.contains(.status) { return nil }
      if let wanted = changes.first?.wanted {
        guard state.status == wanted else { return .notApplied }
        // Where nobody knows what was before, it may have been so already.
        return before.state == nil ? .noDifference : .applied
      }
      return before.state.map { state.status == $0.status ? .noDifference : .notApplied }
    }
    guard !changes.isEmpty, let before = before.state else { return nil }
    if changes.allSatisfy({ state[$0.field] == $0.wanted }) { return .applied }
    let rest = Set(VisibleField.allCases).subtracting(overwritten)
    return rest.allSatisfy { state[$0] == before[$0] } ? .notApplied : nil
  }

  /// What Okta shows otherwise, or may, once this was carried out.
  var settableFields: Set<VisibleField> {
    switch command {
    case .activate, .deactivate: [.status]
    case .update: Set(VisibleField.allCases)
    case .verify: []
    }
  }

  /// The fields by which a read can tell whether this happened; none when only a secret changes, or
  /// when what was before is not known.
  package var tellingFields: [VisibleField] {
    if case .verify = command { return [] }
    return command.kind == .update ? visibleChanges.map(\.field) : [.status]
  }

  private var visibleChanges: [(field: VisibleField, wanted: String)] {
    let wanted: [(VisibleField, String?)] =
      switch command {
      case .activate: [(.status, ConnectionState.Word.enabled)]
      case .deactivate: [(.status, ConnectionState.Word.disabled)]
      case .verify: []
      case .update(let content):
        [
          (.status, content.activate ? ConnectionState.Word.enabled : nil),
          (.authScheme, content.authScheme), (.baseUrl, content.baseURL),
          (.clientId, content.clientID), (.rotationMode, content.rotationMode),
        ]
      }
    if command.kind == .update, before.state == nil { return [] }
    return wanted.compactMap { field, word in
      guard let word, before.state?[field] != word else { return nil }
      return (field, word)
    }
  }
}

extension ConnectionState {
  package subscript(_ field: Intent.VisibleField) -> String? {
    switch field {
    case .status: status
    case .authScheme: authScheme
    case .baseUrl: baseURL
    case .clientId: clientID
    case .rotationMode: rotationMode
    }
  }
}
