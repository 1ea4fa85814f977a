import Connections
import OktaAPI

extension SandboxConnection {
  /// The body that shows the connection, members in the order that Okta was recorded with.
  ///
  /// - Parameter origin: scheme and authority of the links.
  func shown(of app: AppID, origin: String, switches: SandboxSwitches) -> JSONValue {
    if state.isUnsupported {
      return [
        "status": .string(state.status), "profile": ["authScheme": .string(state.authScheme)],
      ]
    }
    var members: [JSONValue.Member] = []
    func add(_ key: String, _ text: String?) {
      if let text { members.append(.init(key, .string(text))) }
    }
    let isToken = state.authScheme == ConnectionState.Word.token
    let isRepeated = isToken || (kind == .org2Org && switches.showsTopLevelAuthSchemeForOAuth)
    add("authScheme", isRepeated || !switches.showsProfile ? state.authScheme : nil)
    add("status", state.status)
    add("baseUrl", isToken ? state.baseURL : nil)
    add("clientId", isRepeated ? state.clientID : nil)
    if switches.showsProfile { members.append(.init("profile", profile)) }
    members.append(.init("_links", links(of: app, origin: origin, switches: switches)))
    return .object(members)
  }

  private var profile: JSONValue {
    var members: [JSONValue.Member] = [.init("authScheme", .string(state.authScheme))]
    if let clientID = state.clientID { members.append(.init("clientId", .string(clientID))) }
    if let mode = state.rotationMode {
      members.append(.init("signing", ["rotationMode": .string(mode)]))
    }
    return .object(members)
  }

  private func links(of app: AppID, origin: String, switches: SandboxSwitches) -> JSONValue {
    let path = origin + "/api/v1/apps/\(app)/connections/default"
    func link(_ name: String, _ suffix: String, _ methods: JSONValue) -> JSONValue.Member {
      .init(name, ["href": .string(path + suffix), "hints": ["allow": methods]])
    }
    let own = link("self", "", ["POST", "GET"])
    var members =
      state.isEnabled
      ? [own, link("deactivate", "/lifecycle/deactivate", ["POST"])]
      : [link("activate", "/lifecycle/activate", ["POST"]), own]
    if let consentState, !state.isEnabled || switches.showsAuthorizeLinkWhenEnabled {
      members.append(.init("authorize", authorizeLink(consentState, origin: origin)))
    }
    return .object(members)
  }

  private func authorizeLink(_ consentState: String, origin: String) -> JSONValue {
    let redirect = Self.percentEncoded(origin + "/oauth2/consent/redirect")
    let href =
      "https://\(kind.rawValue).example/oauth/authorize?scope=provisioning&response_type=code"
      + "&state=\(Self.percentEncoded(consentState))&client_id=sandbox&redirect_uri=\(redirect)"
    return [
      "href": .string(href),
      "hints": [
        "allow": ["GET"],
        "guidance": ["Open this address in a browser to let the app be provisioned."],
      ],
    ]
  }

  private static func percentEncoded(_ text: String) -> String {
    let hex = Array("0123456789ABCDEF".utf8)
    var out: [UInt8] = []
    for byte in text.utf8 {
      switch byte {
      case 48...57, 65...90, 97...122, 45, 46, 95, 126: out.append(byte)
      default: out += [37, hex[Int(byte >> 4)], hex[Int(byte & 15)]]
      }
    }
    return String(decoding: out, as: UTF8.self)
  }
}

/// The keys of a connection that signs, as RFC 7517 has a key set. The values are made up; no
/// private key belongs to them.
enum SandboxKeys {
  static let shown: JSONValue = [
    "keys": [
      [
        "kid": "sandbox-key-1", "kty": "RSA", "alg": "RS256", "use": "sig", "e": "AQAB",
        "n": .string(String(repeating: "AJncrKuine49_CEVR4GPn-NAAbc-", count: 12)),
      ]
    ]
  ]
}
