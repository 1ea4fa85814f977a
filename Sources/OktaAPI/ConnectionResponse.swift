package import Connections

/// Okta's answer that shows a connection.
package enum ConnectionResponse {
  /// A connection as Okta would show it, for a caller whose own answer never came.
  ///
  /// - Parameter address: of the connection itself.
  package static func body(of state: ConnectionState, at address: String) -> [UInt8] {
    let isToken = state.authScheme == ConnectionState.Word.token
    let signing = state.rotationMode.map { JSONValue.object([.init("rotationMode", .string($0))]) }
    let profile: [(String, JSONValue?)] = [
      ("authScheme", .string(state.authScheme)), ("clientId", state.clientID.map { .string($0) }),
      ("signing", signing),
    ]
    let link: JSONValue = [
      "self": [
        "href": .string(address),
        "hints": ["allow": .array([.string("POST"), .string("GET")])],
      ]
    ]
    let members: [(String, JSONValue?)] = [
      ("authScheme", isToken ? .string(state.authScheme) : nil),
      ("status", .string(state.status)), ("baseUrl", state.baseURL.map { .string($0) }),
      ("profile", .object(present(profile))), ("_links", state.isUnsupported ? nil : link),
    ]
    return JSONValue.object(present(members)).bytes
  }

  private static func present(_ pairs: [(String, JSONValue?)]) -> [JSONValue.Member] {
    pairs.compactMap { key, value in value.map { JSONValue.Member(key, $0) } }
  }

  /// Reads the state out of an answer; `nil` when the body is not one.
  ///
  /// `profile` is missing in answers of 2021; the scheme then stands at the top level alone.
  package static func state(_ bytes: [UInt8]) -> ConnectionState? {
    guard let value = try? JSONValue(parsing: bytes), let status = bounded(value["status"]) else {
      return nil
    }
    let profile = value["profile"]
    guard let scheme = bounded(profile?["authScheme"]) ?? bounded(value["authScheme"]) else {
      return nil
    }
    return ConnectionState(
      status: status, authScheme: scheme, baseURL: bounded(value["baseUrl"]),
      clientID: bounded(profile?["clientId"]) ?? bounded(value["clientId"]),
      rotationMode: bounded(profile?["signing"]?["rotationMode"]),
      offersConsent: value["_links"]?["authorize"] != nil)
  }

  private static func bounded(_ value: JSONValue?) -> String? {
    value?.text.map {
      String(decoding: $0.utf8.prefix(UpdateRequest.maximumFieldBytes), as: UTF8.self)
    }
  }

  /// The same bytes with the links of the connection pointing at `origin`; every other byte is
  /// kept.
  ///
  /// `self`, `activate` and `deactivate` lead past Hindsight otherwise, whatever host Okta names in
  /// them. `authorize` is for a browser and stays.
  ///
  /// - Parameter origin: scheme and authority, such as `http://127.0.0.1:8080`.
  package static func rewritingLinks(in bytes: [UInt8], to origin: String) -> [UInt8] {
    editing(["self", "activate", "deactivate"], in: bytes) { rehosted($0, origin) }
  }

  /// The same bytes with a link for consent that leads nowhere: whoever may not change the
  /// connection gets no `state` with which to.
  package static func hidingConsent(in bytes: [UInt8]) -> [UInt8] {
    editing(["authorize"], in: bytes) { href in
      href.firstIndex(of: "?").map { String(href[..<$0]) }
    }
  }

  private static func editing(
    _ names: Set<String>, in bytes: [UInt8], _ edit: (String) -> String?
  ) -> [UInt8] {
    guard let links = (try? JSONValue(parsing: bytes))?["_links"]?.members else { return bytes }
    var out = bytes
    let edits = links.filter { names.contains($0.key) }
      .compactMap { link -> (range: Range<Int>, text: String)? in
        guard case .string(let href, let range)? = link.value["href"], let edited = edit(href)
        else { return nil }
        return (range, edited)
      }
    for edit in edits.sorted(by: { $0.range.lowerBound > $1.range.lowerBound }) {
      var quoted: [UInt8] = []
      JSONValue.quote(edit.text, to: &quoted)
      out.replaceSubrange(edit.range, with: quoted)
    }
    return out
  }

  private static func rehosted(_ href: String, _ origin: String) -> String? {
    let parts = href.split(separator: "/", maxSplits: 3, omittingEmptySubsequences: false)
    guard parts.count == 4, parts[0] == "http:" || parts[0] == "https:", parts[1].isEmpty else {
      return nil
    }
    return origin + "/" + parts[3]
  }
}
