/// Okta's own addresses in the headers of an answer that is passed on.
package enum HeaderLinks {
  /// The same headers with the addresses of `Link` (RFC 8288 section 3) and `Location` that are
  /// below `/api/v1` pointing at `origin`.
  ///
  /// A client that follows the next page to Okta would leave Hindsight out, and would send it its
  /// Hindsight token. Whatever else they name is for a browser, or for nobody, and stays.
  ///
  /// - Parameter origin: scheme and authority, such as `http://127.0.0.1:8080`.
  package static func rehosted(
    _ headers: [OktaAnswer.Header], to origin: String
  ) -> [OktaAnswer.Header] {
    headers.map { header in
      switch header.name.lowercased() {
      case "link": OktaAnswer.Header(header.name, targets(of: header.value, to: origin))
      case "location":
        OktaAnswer.Header(header.name, rehosted(header.value, origin) ?? header.value)
      default: header
      }
    }
  }

  /// Each link of the header begins with its address in angle brackets.
  private static func targets(of value: String, to origin: String) -> String {
    var out = ""
    var rest = value[...]
    while let open = rest.firstIndex(of: "<") {
      let start = rest.index(after: open)
      guard let close = rest[start...].firstIndex(of: ">") else { break }
      let address = String(rest[start..<close])
      out += rest[..<start] + (rehosted(address, origin) ?? address)
      rest = rest[close...]
    }
    return out + rest
  }

  private static func rehosted(_ address: String, _ origin: String) -> String? {
    let parts = address.split(separator: "/", maxSplits: 3, omittingEmptySubsequences: false)
    guard parts.count == 4, ["http:", "https:"].contains(parts[0].lowercased()), parts[1].isEmpty,
      parts[3].hasPrefix("api/v1/")
    else { return nil }
    return origin + "/" + parts[3]
  }
}
