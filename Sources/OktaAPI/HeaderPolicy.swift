/// Which headers pass, and in which direction.
package enum HeaderPolicy {
  /// RFC 9110 section 7.6.1, and what older software sends in its place. Never forwarded.
  private static let hopByHop: Set<String> = [
    "connection", "keep-alive", "proxy-connection", "proxy-authenticate", "proxy-authorization",
    "te", "trailer", "transfer-encoding", "upgrade",
  ]

  /// Set anew for each hop, or meant for Hindsight alone. Okta's session is the browser's business,
  /// and a client must not speak for a proxy that it is not.
  private static let ownedByGateway: Set<String> = [
    "host", "content-length", "authorization", "cookie", "expect", "forwarded", "x-forwarded-for",
    "x-forwarded-host", "x-forwarded-proto", "x-http-method-override", "x-http-method",
    "x-method-override",
  ]

  /// What goes on to Okta: `User-Agent` among it, which Okta asks gateways to keep.
  package static func towardsOkta(_ headers: [OktaAnswer.Header]) -> [OktaAnswer.Header] {
    let named = connectionOptions(headers)
    return headers.filter { header in
      let name = header.name.lowercased()
      return !hopByHop.contains(name) && !ownedByGateway.contains(name)
        && !name.hasPrefix("hindsight-") && !named.contains(name)
    }
  }

  /// What goes back to the client. Cookies would tie it to a session of another's.
  package static func towardsClient(_ headers: [OktaAnswer.Header]) -> [OktaAnswer.Header] {
    let named = connectionOptions(headers)
    return headers.filter { header in
      let name = header.name.lowercased()
      return !hopByHop.contains(name) && name != "set-cookie" && name != "content-length"
        && name != "date" && !named.contains(name)
    }
  }

  /// The headers that `Connection` names are hop-by-hop too.
  private static func connectionOptions(_ headers: [OktaAnswer.Header]) -> Set<String> {
    Set(
      headers.filter { $0.name.lowercased() == "connection" }
        .flatMap { $0.value.lowercased().split(separator: ",") }
        .map { String($0.drop(while: \.isWhitespace).prefix { !$0.isWhitespace }) })
  }
}
