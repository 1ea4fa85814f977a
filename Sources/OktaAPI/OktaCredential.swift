package import Connections

/// An `Authorization` header. It describes itself with its scheme alone.
package struct OktaCredential: Sendable, CustomStringConvertible, CustomReflectable {
  package enum Scheme: String, Sendable, CaseIterable {
    case ssws = "SSWS"
    case bearer = "Bearer"
    case dpop = "DPoP"
  }

  package let scheme: Scheme
  package let secret: Secret
  /// The header as it was sent, for relaying it.
  package let header: Secret

  /// Reads scheme, optional white space, credential. The scheme's letters may have any case, and
  /// the Python SDK sends no space at all.
  package init?(header: String) {
    let trimmed = header.drop(while: \.isWhitespace)
    for scheme in Scheme.allCases
    where trimmed.lowercased().hasPrefix(scheme.rawValue.lowercased()) {
      let value = trimmed.dropFirst(scheme.rawValue.count).drop(while: \.isWhitespace)
      guard !value.isEmpty else { return nil }
      self.scheme = scheme
      self.secret = Secret(String(value))
      self.header = Secret(header)
      return
    }
    return nil
  }

  package init(ssws token: Secret) {
    scheme = .ssws
    secret = token
    header = token.withBytes { Secret(bytes: Array("SSWS ".utf8) + $0) }
  }

  package var description: String { "\(scheme.rawValue) (secret)" }
  package var customMirror: Mirror { Mirror(self, children: [:]) }
}
