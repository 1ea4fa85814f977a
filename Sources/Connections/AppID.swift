/// An Okta application's id as the client wrote it.
///
/// Okta declares no pattern and answers 404 to whatever it does not know, so this never rejects an
/// id for its looks; it only refuses what cannot be one path segment, and bounds the length at 256
/// bytes.
package struct AppID: Hashable, Sendable, Comparable, CustomStringConvertible {
  package let description: String

  package init?(_ text: some StringProtocol) {
    guard (1...256).contains(text.utf8.count), text != ".", text != "..",
      text.unicodeScalars.allSatisfy({ $0.value > 0x20 && $0.value != 0x7F && $0 != "/" })
    else { return nil }
    description = String(text)
  }

  init(recorded text: String) { description = text }

  package static func < (left: Self, right: Self) -> Bool { left.description < right.description }
}

/// What a chain of events belongs to: one connection, the access to Hindsight itself, the secrets
/// that it keeps, or the organisation as a whole.
package enum StreamID: Hashable, Sendable, CustomStringConvertible {
  case connection(AppID)
  case access
  case secrets
  case organisation

  /// `app/<id>`, `access`, `secrets` or `organisation`. An app's has a slash, so no two can meet.
  package var description: String {
    switch self {
    case .connection(let app): "app/" + app.description
    case .access: "access"
    case .secrets: "secrets"
    case .organisation: "organisation"
    }
  }

  package var appID: AppID? {
    if case .connection(let app) = self { app } else { nil }
  }
}
