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
  /// A path of a connection with a method that it does not have. Never forwarded: nothing that
  /// could change a connection may pass unrecorded.
  case methodNotAllowed(allowed: [String])
  /// A path below a connection that is not one of the six operations.
  case unknownConnectionPath
  /// Any other path of Okta's.
  case other

  /// Routes by method and by the path of an origin-form target.
  package init(method: String, target: String) {
    let (path, query) = Self.split(target)
    let segments = Self.segments(path)
    guard segments.count > 3, Self.fixed(segments[0...2], ["api", "v1", "apps"]) else {
      self = .other
      return
    }
    let below = Array(segments[3...])
    if Self.isCallback(below) {
      self = Self.callback(method, segments, query)
    } else if below.count >= 2, Self.fixed(below[1...1], ["connections"]) {
      self = Self.connection(method, segments, query)
    } else {
      self = .other
    }
  }

  /// Compares without case. Whether Okta does is not known: a path in other letters is neither
  /// passed on, for it could change a connection unrecorded, nor taken for the real one, for Okta
  /// could know no such path. It ends at the door.
  private static func fixed(_ segments: some Sequence<String>, _ words: [String]) -> Bool {
    segments.map { $0.lowercased() } == words
  }

  private static func isCallback(_ segments: [String]) -> Bool {
    segments.count >= 3 && fixed(segments.suffix(2), ["oauth2", "callback"])
  }

  private static func callback(
    _ method: String, _ segments: [String], _ query: String?
  ) -> OktaRoute {
    guard segments.count == 7, segments.starts(with: ["api", "v1", "apps"]),
      segments[5...] == ["oauth2", "callback"], let app = AppID(segments[4])
    else { return .unknownConnectionPath }
    return method == "POST"
      ? .verify(appName: segments[3], app, query: query) : .methodNotAllowed(allowed: ["POST"])
  }

  private static func connection(
    _ method: String, _ segments: [String], _ query: String?
  ) -> OktaRoute {
    guard segments.starts(with: ["api", "v1", "apps"]), segments[4] == "connections",
      let app = AppID(segments[3])
    else { return .unknownConnectionPath }
    let rest = Array(segments[5...])
    switch (method, rest) {
    case ("GET", ["default"]), ("HEAD", ["default"]): return .getConnection(app)
    case ("POST", ["default"]): return .updateConnection(app, activate: activates(query))
    case ("POST", ["default", "lifecycle", "activate"]): return .activate(app)
    case ("POST", ["default", "lifecycle", "deactivate"]): return .deactivate(app)
    case ("GET", ["default", "jwks"]), ("HEAD", ["default", "jwks"]): return .jwks(app)
    case (_, ["default"]): return .methodNotAllowed(allowed: ["GET", "HEAD", "POST"])
    case (_, ["default", "lifecycle", "activate"]), (_, ["default", "lifecycle", "deactivate"]):
      return .methodNotAllowed(allowed: ["POST"])
    case (_, ["default", "jwks"]): return .methodNotAllowed(allowed: ["GET", "HEAD"])
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

  /// The decoded segments, with path parameters (`;x=1`), empty segments and dot segments gone, in
  /// this order. Okta collapses `//`, and a path that only looks different to us must not slip
  /// past: whoever decodes an encoded slash, drops a parameter or resolves dots later would see
  /// another path.
  package static func segments(_ path: String) -> [String] {
    var segments: [String] = []
    let decoded = percentDecoded(Array(path.utf8))
    for raw in decoded.split(separator: UInt8(ascii: "/")) {
      switch String(decoding: raw.prefix { $0 != UInt8(ascii: ";") }, as: UTF8.self) {
      case "", ".": continue
      case "..": _ = segments.popLast()
      case let segment: segments.append(segment)
      }
    }
    return segments
  }

  /// Whether a path can be read in one way only: each `%` begins an encoded byte, and the whole is
  /// UTF-8 without control characters. Otherwise two programs may see two paths in it.
  package static func isWellFormed(_ path: String) -> Bool {
    let bytes = Array(path.utf8)
    let percents = bytes.indices.filter { bytes[$0] == UInt8(ascii: "%") }
    guard
      percents.allSatisfy({
        $0 + 2 < bytes.count && hexadecimal(bytes[$0 + 1]) != nil
          && hexadecimal(bytes[$0 + 2]) != nil
      })
    else { return false }
    let decoded = percentDecoded(bytes)
    return decoded.allSatisfy { $0 >= 0x20 && $0 != 0x7F }
      && String(validating: decoded, as: UTF8.self) != nil
  }

  package static func percentDecoded(_ bytes: [UInt8]) -> [UInt8] {
    var out: [UInt8] = []
    var position = 0
    while position < bytes.count {
      if bytes[position] == UInt8(ascii: "%"), position + 2 < bytes.count,
        let high = hexadecimal(bytes[position + 1]), let low = hexadecimal(bytes[position + 2])
      {
        out.append(high << 4 | low)
        position += 3
      } else {
        out.append(bytes[position])
        position += 1
      }
    }
    return out
  }

  private static func hexadecimal(_ byte: UInt8) -> UInt8? {
    switch byte {
    case 48...57: byte - 48
    case 65...70: byte - 55
    case 97...102: byte - 87
    default: nil
    }
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
