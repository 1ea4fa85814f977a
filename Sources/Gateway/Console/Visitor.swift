import Connections
import OktaAPI

/// Who looks at a page, as far as the request tells before it is believed.
struct Visitor: Sendable {
  enum Theme: String, CaseIterable, Sendable {
    case auto, light, dark
  }

  /// The signed-in token, and who that is; absent for a stranger.
  var actor: ActorIdentity?
  /// The name of the session, as the browser sent it.
  var sessionName: String?
  /// The browser named a session that has ended.
  var hasEnded = false
  /// Signed in, and has asked for too much in this minute.
  var overBudget: RateLimit?
  /// What a form of this visitor must carry.
  var csrf: String
  /// The first answer must leave `csrf` with the browser.
  var isNew = false
  var theme = Theme.auto

  var role: Role? { actor?.roles.first }

  func may(_ role: Role) -> Bool { self.role.map { $0 >= role } ?? false }
}

extension GatewayRequest {
  /// The cookie of this name, given once; of two nobody can tell which is ours.
  func cookie(_ name: String) -> String? {
    let found = headers.filter { $0.name.lowercased() == "cookie" }
      .flatMap { $0.value.split(separator: ";") }
      .compactMap { pair -> String? in
        let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, parts[0].filter({ $0 != " " }) == name else { return nil }
        return String(parts[1].filter { $0 != " " })
      }
    return found.count == 1 ? found.first : nil
  }

  /// A person follows a link: what is not there is told by a page.
  var wantsPage: Bool {
    header("accept")?.contains("text/html") == true && !path.hasPrefix("/hindsight/v1")
  }

  /// The page itself sent it, as far as the browser says: a browser that says nothing is old, and
  /// then the form's own secret decides alone.
  func comesFromOurPages(publicOrigin: String?) -> Bool {
    if let site = header("sec-fetch-site"), site != "same-origin", site != "none" { return false }
    guard let origin = header("origin") else { return true }
    if let publicOrigin { return origin == publicOrigin }
    guard let authority else { return false }
    return origin == "http://" + authority || origin == "https://" + authority
  }
}

/// The fields of a form that was posted.
struct FormFields: Sendable {
  private let body: String

  init(_ bytes: [UInt8]) { body = String(decoding: bytes, as: UTF8.self) }

  /// A field that was filled in, without the blanks around it.
  subscript(_ name: String) -> String? {
    guard let text = OktaRoute.parameters(name, in: body).first else { return nil }
    var part = Substring(text)
    while part.first?.isWhitespace == true { part.removeFirst() }
    while part.last?.isWhitespace == true { part.removeLast() }
    return part.isEmpty ? nil : String(part)
  }
}
