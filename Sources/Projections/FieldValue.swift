package import Connections

/// What Okta shows of a connection or holds for it, one by one.
package enum ConnectionField: String, Hashable, Sendable, CaseIterable {
  case status
  case authScheme
  case baseURL = "baseUrl"
  case clientID = "clientId"
  case rotationMode
  case token
}

/// The value of a field at a point. Nothing is not one thing: unknown, not observed and empty are
/// three.
package enum FieldValue: Hashable, Sendable {
  case text(String)
  /// A sealed secret, by its fingerprint.
  case sealed(fingerprint: String, isCertain: Bool)
  /// There is none.
  case empty
  /// There is one, and nobody can know which.
  case unknown
  /// It was set before recording began, or nothing was recorded yet.
  case notObserved

  /// The same, however certain it is.
  package func isSame(as other: FieldValue) -> Bool {
    if case .sealed(let mine, _) = self, case .sealed(let others, _) = other {
      return mine == others
    }
    return self == other
  }

  init(_ text: String?, in state: ConnectionState?) {
    guard state != nil else {
      self = .unknown
      return
    }
    self = text.map { .text($0) } ?? .empty
  }
}

extension ConnectionSnapshot {
  package subscript(_ field: ConnectionField) -> FieldValue {
    switch field {
    case .status: FieldValue(state?.status, in: state)
    case .authScheme: FieldValue(state?.authScheme, in: state)
    case .baseURL: FieldValue(state?.baseURL, in: state)
    case .clientID: FieldValue(state?.clientID, in: state)
    case .rotationMode: FieldValue(state?.rotationMode, in: state)
    case .token: token
    }
  }

  private var token: FieldValue {
    if let fingerprint {
      return .sealed(fingerprint: fingerprint, isCertain: isCredentialCertain)
    }
    if state?.authScheme == ConnectionState.Word.oauth2 { return .empty }
    switch credentialKind {
    case .neverRecorded: return .notObserved
    case .changedElsewhere: return .unknown
    case .recorded: return .empty
    }
  }
}

/// What differs in one connection between two points.
package struct ConnectionDifference: Hashable, Sendable {
  package struct Field: Hashable, Sendable {
    package var field: ConnectionField
    package var was: FieldValue
    package var isNow: FieldValue

    package var hasMoved: Bool { was != isNow }
  }

  package var appID: AppID
  package var label: AppLabel?
  /// Absent where nothing was recorded at that point.
  package var from: ConnectionVersion?
  package var to: ConnectionVersion?
  /// Every field, moved or not.
  package var fields: [Field]

  package var moved: [Field] { fields.filter(\.hasMoved) }

  init(
    _ appID: AppID, label: AppLabel?, from: ConnectionVersion?, to: ConnectionVersion?
  ) {
    self.appID = appID
    self.label = label
    self.from = from
    self.to = to
    fields = ConnectionField.allCases.map { field in
      Field(
        field: field, was: from?.snapshot[field] ?? .notObserved,
        isNow: to?.snapshot[field] ?? .notObserved)
    }
  }
}
