package import Connections
import OktaAPI

/// An application of the pretend organisation.
package struct SandboxApp: Sendable {
  /// The kinds of app that differ in what their connection can do; raw values are Okta's app keys.
  package enum Kind: String, Sendable, CaseIterable {
    case org2Org = "okta_org2org"
    case zscaler = "zscalerbyz"
    case google
    case office365
    case slack
    case zoom = "zoomus"
    case bookmark

    /// The schemes that a connection of this kind accepts; none without provisioning.
    var schemes: [String] {
      switch self {
      case .org2Org: [ConnectionState.Word.token, ConnectionState.Word.oauth2]
      case .zscaler: [ConnectionState.Word.token]
      case .google, .office365, .slack, .zoom: [ConnectionState.Word.oauth2]
      case .bookmark: []
      }
    }

    /// A person must consent in a browser, and the code that this gives must be verified.
    var needsConsent: Bool {
      switch self {
      case .google, .office365, .slack, .zoom: true
      case .org2Org, .zscaler, .bookmark: false
      }
    }
  }

  package var id: AppID
  package var kind: Kind
  package var label: String

  package init(id: AppID, kind: Kind, label: String) {
    self.id = id
    self.kind = kind
    self.label = label
  }

  /// One app of each kind.
  package static let samples: [SandboxApp] = [
    ("0oaORG2ORG0000000001", .org2Org, "Target organisation"),
    ("0oaZSCALER0000000001", .zscaler, "Zscaler 2.0"),
    ("0oaGOOGLE00000000001", .google, "Google Workspace"),
    ("0oaOFFICE36500000001", .office365, "Microsoft Office 365"),
    ("0oaSLACK000000000001", .slack, "Slack"),
    ("0oaZOOM0000000000001", .zoom, "Zoom"),
    ("0oaBOOKMARK000000001", .bookmark, "Bookmark"),
  ].compactMap { (id: String, kind: Kind, label: String) in
    AppID(id).map { SandboxApp(id: $0, kind: kind, label: label) }
  }

  /// Ids that begin with `0oaLOAD` are Org2Org apps that exist as soon as they are named, for tests
  /// with many apps.
  static func summoned(_ id: AppID) -> SandboxApp? {
    id.description.hasPrefix("0oaLOAD")
      ? SandboxApp(id: id, kind: .org2Org, label: "Load \(id)") : nil
  }

  /// The app as Okta's applications API would begin to show it.
  var shown: JSONValue {
    [
      "id": .string(id.description), "name": .string(kind.rawValue), "label": .string(label),
      "status": "ACTIVE",
    ]
  }
}
