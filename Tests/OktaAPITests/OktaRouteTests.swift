import Connections
import Testing

@testable import OktaAPI

@Suite struct `A route of Okta's` {
  static let app = "0oaZSCALER0000000001"
  static let connection = "/api/v1/apps/0oaZSCALER0000000001/connections/default"
  static let id = AppID(app)

  private func route(_ method: String, _ target: String) -> OktaRoute {
    OktaRoute(method: method, target: target)
  }

  @Test func `leads to one of six operations`() throws {
    let id = try #require(Self.id)
    let path = Self.connection
    #expect(route("GET", path) == .getConnection(id))
    #expect(route("HEAD", path) == .getConnection(id))
    #expect(route("POST", path) == .updateConnection(id, activate: false))
    #expect(route("POST", path + "/lifecycle/activate") == .activate(id))
    #expect(route("POST", path + "/lifecycle/deactivate") == .deactivate(id))
    #expect(route("GET", path + "/jwks") == .jwks(id))
    #expect(route("HEAD", path + "/jwks") == .jwks(id))
    let callback = "/api/v1/apps/slack/\(Self.app)/oauth2/callback"
    #expect(
      route("POST", callback + "?code=a%2Bb&state=c+d")
        == .verify(appName: "slack", id, query: "code=a%2Bb&state=c+d"))
    #expect(route("POST", callback) == .verify(appName: "slack", id, query: nil))
  }

  @Test func `knows the app that it is about`() throws {
    let id = try #require(Self.id)
    let about: [OktaRoute] = [
      .getConnection(id), .updateConnection(id, activate: true), .activate(id), .deactivate(id),
      .jwks(id), .verify(appName: "slack", id, query: nil),
    ]
    #expect(about.map(\.appID) == [id, id, id, id, id, id])
    let none: [OktaRoute] = [.methodNotAllowed(allowed: []), .unknownConnectionPath, .other]
    #expect(none.map(\.appID) == [nil, nil, nil])
  }

  @Test(arguments: ["nonexistent123", "invalid-app-id-12345", "x", "%C3%A5", "a%3Fb"])
  func `judges no app by the looks of its id`(app: String) throws {
    let decoded = String(
      decoding: OktaRoute.percentDecoded(Array(app.utf8)), as: UTF8.self)
    let id = try #require(AppID(decoded))
    #expect(route("GET", "/api/v1/apps/\(app)/connections/default") == .getConnection(id))
  }

  // MARK: - One path in many spellings

  @Test(arguments: [
    "//api/v1/apps/APP/connections/default", "/api//v1///apps/APP//connections/default",
    "/api/v1/apps/APP/connections/default/", "/api/v1/apps/APP/connections/default//",
    "/api/v1/apps/APP/connections/%64efault", "/api/v1/apps/APP/connections/%64%65fault",
    "/api/v1/apps/APP/%63onnections/default", "/%61pi/v1/apps/APP/connections/default",
    "/api/v1/apps/./APP/connections/./default", "/api/v1/apps/x/../APP/connections/default",
    "/api/v1/apps/x/%2e%2E/APP/connections/default", "/../api/v1/apps/APP/connections/default",
    "/api/v1/apps/APP/connections/x/../default", "/api/v1/apps/APP/connections/default/x/..",
    "/api/v1/apps/APP/connections/default;x=1", "/api/v1/apps/APP;a/connections;b/default;c",
    "/api;v=1/v1/apps/APP/connections/default", "/api/v1/apps/APP/connections%2Fdefault",
    "/api/v1/apps/APP/connections%2fdefault", "/api/v1/apps%2FAPP/connections/default",
    "/api/v1/apps/APP/connections/default#part", "/api/v1/apps/APP/connections/default?",
    "/api/v1/apps/APP/connections/default?x=/../", "/api/v1/apps/APP/connections/default%3Bx",
  ])
  func `leads to the connection however it is spelt`(target: String) throws {
    let target = target.replacing("APP", with: Self.app)
    let id = try #require(Self.id)
    #expect(route("POST", target) == .updateConnection(id, activate: false))
    #expect(route("GET", target) == .getConnection(id))
  }

  /// Servers drop a path parameter and an encoded slash before they look at dots: so must we, or a
  /// change passes unrecorded.
  @Test(arguments: [
    "/api/v1/apps/x/..;/APP/connections/default", "/api/v1/apps/x/..;a=b/APP/connections/default",
    "/api/v1/apps/APP/.;/connections/default", "/api/v1/apps/;a/APP/connections/default",
    "/api/v1/apps/APP/;/connections/default", "/api/v1/apps/APP/connections/;x=1/default",
    "/api/v1/apps/x%2F../APP/connections/default", "/api/v1/apps/x/..%2FAPP/connections/default",
    "/api/v1/apps/x%2F..%2FAPP/connections/default",
    "/api/v1/apps/x/%2E%2E%3B/APP/connections/default",
    "/api/v1/apps/APP/x%2F.%2F../connections/default",
  ])
  func `leads to the connection past hidden dots`(target: String) throws {
    let target = target.replacing("APP", with: Self.app)
    let id = try #require(Self.id)
    #expect(route("POST", target) == .updateConnection(id, activate: false))
  }

  // MARK: - What is not one of the six

  @Test(
    arguments: ["PUT", "PATCH", "DELETE", "OPTIONS", "post", "Get", "PROPFIND"],
    ["", "/lifecycle/activate", "/lifecycle/deactivate", "/jwks"])
  func `lets no other method near a connection`(method: String, suffix: String) {
    let allowed =
      switch suffix {
      case "": ["GET", "HEAD", "POST"]
      case "/jwks": ["GET", "HEAD"]
      default: ["POST"]
      }
    #expect(route(method, Self.connection + suffix) == .methodNotAllowed(allowed: allowed))
  }

  @Test(arguments: [
    ("GET", connection + "/lifecycle/activate"), ("GET", connection + "/lifecycle/deactivate"),
    ("HEAD", connection + "/lifecycle/activate"), ("POST", connection + "/jwks"),
    ("GET", "/api/v1/apps/slack/\(app)/oauth2/callback"),
    ("PUT", "/api/v1/apps/slack/\(app)/oauth2/callback"),
  ])
  func `has its own method for each operation`(method: String, target: String) {
    guard case .methodNotAllowed(let allowed) = route(method, target) else {
      Issue.record("\(method) \(target) was let through")
      return
    }
    #expect(!allowed.isEmpty && !allowed.contains(method))
  }

  @Test(
    arguments: ["GET", "POST", "PUT", "DELETE"],
    [
      "/connections", "/connections/", "/connections/other", "/connections/default/x",
      "/connections/Default", "/connections/default/lifecycle",
      "/connections/default/lifecycle/x", "/connections/default/lifecycle/activate/x",
      "/connections/default/jwks/x", "/x/y/oauth2/callback", "/oauth2/callback",
    ])
  func `ends at a path below a connection that nobody knows`(method: String, suffix: String) {
    #expect(
      route(method, "/api/v1/apps/\(Self.app)" + suffix) == .unknownConnectionPath)
  }

  /// Nobody knows whether Okta minds: so it is neither passed on nor taken for the real one.
  @Test(
    arguments: ["GET", "POST"],
    [
      "/api/v1/apps/\(app)/Connections/default", "/api/v1/Apps/\(app)/connections/default",
      "/API/v1/apps/\(app)/connections/default", "/api/V1/apps/\(app)/CONNECTIONS/DEFAULT",
      "/api/v1/apps/\(app)/connections/default/Lifecycle/activate",
      "/api/v1/apps/\(app)/connections/default/JWKS",
      "/api/v1/apps/slack/\(app)/OAuth2/callback", "/api/v1/apps/slack/\(app)/oauth2/Callback",
      "/api/v1/APPS/slack/\(app)/oauth2/callback", "/api/v1/apps/\(app)/%43onnections/default",
    ])
  func `ends where its letters have another case`(method: String, target: String) {
    #expect(route(method, target) == .unknownConnectionPath)
  }

  @Test(arguments: [
    "/", "/api/v1", "/api/v1/apps", "/api/v1/apps/\(app)", "/api/v1/apps/\(app)/features",
    "/api/v1/apps/\(app)/cwo/connections", "/api/v1/apps/\(app)/users/connections",
    "/api/v1/users/me", "/oauth2/v1/token", "/.well-known/okta-organization",
    "/api/v2/apps/\(app)/connections/default", "/apps/\(app)/connections/default",
    "/x/api/v1/apps/\(app)/connections/default", "/api/v1/users/\(app)/connections/default",
    "/api/v1/apps/\(app)/connections/../features", "/api/v1/Apps/\(app)/features",
    "/api/v1/apps/\(app)/oauth2/Callbacks",
  ])
  func `is another of Okta's otherwise`(target: String) {
    for method in ["GET", "POST", "DELETE"] { #expect(route(method, target) == .other) }
  }

  // MARK: - Parameters

  @Test(arguments: [
    ("", false), ("?", false), ("?activate", false), ("?activate=", false),
    ("?activate=true", true), ("?activate=TRUE", true), ("?activate=True", true),
    ("?activate=%74rue", true), ("?%61ctivate=true", true), ("?x=1&activate=true", true),
    ("?activate=true&x=1", true), ("?activate=true#x", true), ("?activate=false", false),
    ("?activate=FALSE", false), ("?activate=1", false), ("?activate=yes", false),
    ("?activate=true+", false), ("?Activate=true", false), ("?xactivate=true", false),
    ("?x=activate=true", false), ("#?activate=true", false),
  ])
  func `activates only when it is told to`(query: String, activates: Bool) throws {
    let id = try #require(Self.id)
    #expect(
      route("POST", Self.connection + query) == .updateConnection(id, activate: activates))
  }

  @Test(
    arguments: [
      (nil, []), ("", []), ("code=a", ["a"]), ("code=a+b", ["a b"]), ("code=a%20b", ["a b"]),
      ("code=a%2Bb", ["a+b"]), ("code", [""]), ("code=", [""]), ("code=a=b", ["a=b"]),
      ("code=a&code=b", ["a", "b"]), ("state=x&&code=a", ["a"]), ("c%6Fde=a", ["a"]),
      ("code=%C3%A5", ["å"]), ("code=%zz", ["%zz"]), ("code=%4", ["%4"]), ("code=100%", ["100%"]),
      ("codes=a", []),
    ] as [(String?, [String])])
  func `has parameters in either encoding of a space`(query: String?, values: [String]) {
    #expect(OktaRoute.parameters("code", in: query) == values)
  }

  @Test(arguments: [
    ("%41", "A"), ("%4a%4A", "JJ"), ("a%", "a%"), ("a%4", "a%4"), ("%%41", "%A"), ("%g1", "%g1"),
    ("%+f", "%+f"), ("%-0", "%-0"), ("% 1", "% 1"), ("%2541", "%41"),
  ])
  func `decodes two hexadecimal digits and nothing else`(text: String, decoded: String) {
    #expect(
      String(decoding: OktaRoute.percentDecoded(Array(text.utf8)), as: UTF8.self) == decoded)
  }

  @Test(
    arguments: [
      ("/a", "/a", nil), ("/a?", "/a", ""), ("/a?b?c", "/a", "b?c"), ("/a#b?c", "/a", nil),
      ("/a?b#c", "/a", "b"), ("", "", nil),
    ] as [(String, String, String?)])
  func `splits into path and raw query`(target: String, path: String, query: String?) {
    let parts = OktaRoute.split(target)
    #expect(parts.path == path)
    #expect(parts.query == query)
  }
}
