package import Connections

/// What a request to Okta's API asks for, as far as Hindsight cares.
package enum OktaRoute: Hashable, Sendable {
  case getConnection(AppID)
  case updateConnection(AppID, activate: Bool)
  case activate(AppID)
  case deactivate(AppID)
  case jwks(AppID)
  /// `query` is the raw query: code and state, in whatever encoding the client chose.
  case verify(appName: String, AppID, query: String?)
  /// A path of a connection with a method that it does not have. Never forwarded: nothing that could
  /// change a connection may pass unrecorded.
  case methodNotAllowed
  /// A path below a connection that is not one of the six operations.
  case unknownConnectionPath
  /// Any other path of Okta's.
  case other

  /// Routes by method and by the path of an origin-form target.
  package init(method: String, target: String) {
    let (path, query) = Self.split(target)
    let segments = Self.segments(path)
    guard segments.count > 3, segments[0] == "api", segments[1] == "v1", segments[2] == "apps"
    else {
      self = .other
      return
    }
    self = Self.route(method: method, Array(segments[3...]), query) ?? .other
  }

  private static func route(method: String, _ segments: [String], _ query: String?) -> OktaRoute? {
    if segments.count >= 3, segments[segments.count - 2] == "oauth2", segments.last == "callback" {
      guard segments.count == 4, let app = AppID(segments[1]) else { return .unknownConnectionPath }
      return method == "POST"
        ? .verify(appName: segments[0], app, query: query) : .methodNotAllowed
    }
    guard segments.count >= 2, segments[1] == "connections" else { return nil }
    guard let app = AppID(segments[0]) else { return .unknownConnectionPath }
    let rest = Array(segments[2...])
    switch (method, rest) {
    case ("GET", ["default"]), ("HEAD", ["default"]): return .getConnection(app)
    case ("POST", ["default"]): return .updateConnection(app, activate: activates(query))
    case ("POST", ["default", "lifecycle", "activate"]): return .activate(app)
    case ("POST", ["default", "lifecycle", "deactivate"]): return .deactivate(app)
    case ("GET", ["default", "jwks"]), ("HEAD", ["default", "jwks"]): return .jwks(app)
    case (_, ["default"]), (_, ["default", "lifecycle", "activate"]),
      (_, ["default", "lifecycle", "deactivate"]), (_, ["default", "jwks"]):
      return .methodNotAllowed
    default: return .unknownConnectionPath
    }
  }

  package var appID: AppID? {
    switch self {
    case .getConnection(let app), .updateConnection(let app, _), .activate(let app),
      .deactivate(let app), .jwks(let app), .verify(_, let app, _):
      app
    case .methodNotAllowed, .unknownConnectionPath, .other: nil
    }
  }

  /// Path and raw query. A fragment is no part of either.
  package static func split(_ target: String) -> (path: String, query: String?) {
    let whole = target.prefix { $0 != "#" }
    guard let mark = whole.firstIndex(of: "?") else { return (String(whole), nil) }
    return (String(whole[..<mark]), String(whole[whole.index(after: mark)...]))
  }

  /// The decoded segments, with empty ones and dot segments gone: Okta collapses `//`, and a path that
  /// only looks different must not slip past.
  package static func segments(_ path: String) -> [String] {
    var segments: [String] = []
    for raw in path.utf8.split(separator: UInt8(ascii: "/")) {
      switch String(decoding: percentDecoded(Array(raw)), as: UTF8.self) {
      case ".": continue
      case "..": _ = segments.popLast()
      case let segment:
        // An encoded slash would be a separator to whoever decodes first; a path parameter
        // (`;x=1`) is dropped by some servers.
        segments += segment.split(separator: "/").map { part in
          String(part.prefix { $0 != ";" })
        }
      }
    }
    return segments
  }

  package static func percentDecoded(_ bytes: [UInt8]) -> [UInt8] {
    var out: [UInt8] = []
    var position = 0
    while position < bytes.count {
      if bytes[position] == UInt8(ascii: "%"), position + 2 < bytes.count,
        let value = UInt8(
          String(decoding: bytes[(position + 1)...(position + 2)], as: UTF8.self), radix: 16)
      {
        out.append(value)
        position += 3
      } else {
        out.append(bytes[position])
        position += 1
      }
    }
    return out
  }

  /// The decoded values of one query parameter, `+` meaning space.
  package static func parameters(_ name: String, in query: String?) -> [String] {
    (query ?? "").split(separator: "&").compactMap { pair in
      let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      let decoded = parts.map { part in
        String(
          decoding: percentDecoded(part.utf8.map { $0 == UInt8(ascii: "+") ? 0x20 : $0 }),
          as: UTF8.self)
      }
      return decoded.first == name ? decoded.dropFirst().first ?? "" : nil
    }
  }

  /// Guides write `activate=TRUE`, SDKs `activate=true`.
  private static func activates(_ query: String?) -> Bool {
    parameters("activate", in: query).last?.lowercased() == "true"
  }
}
