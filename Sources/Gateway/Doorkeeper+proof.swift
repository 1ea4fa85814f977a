import Commands
import Connections
import FoundationEssentials
import OktaAPI

extension Doorkeeper {
  /// By what a caller proves itself where Hindsight's credential is not used.
  enum Proof {
    case none
    /// For Okta to judge. The header goes on as it came, whatever its scheme: below `/oauth2` a
    /// client may prove itself by HTTP Basic (RFC 6749 section 2.3.1).
    case oktas(Secret)
    /// It is not Okta's to see.
    case hindsightToken
  }

  /// Of one `Authorization` alone, as everywhere.
  func proof(of request: GatewayRequest) -> Proof {
    let found = request.headers.filter { $0.name.lowercased() == "authorization" }
    guard found.count == 1, let header = found.first?.value, !header.isEmpty else { return .none }
    return Self.secrets(in: header).contains(where: AccessRegistry.isToken)
      ? .hindsightToken : .oktas(Secret(header))
  }

  /// Every part of a header that could be a token, for Okta or another server may read it so.
  private static func secrets(in header: String) -> [Secret] {
    let text = String(header.drop(while: \.isWhitespace))
    let scheme = text.prefix { !$0.isWhitespace }
    let value = String(text.dropFirst(scheme.count).drop(while: \.isWhitespace))
    var parts = [Secret(text), Secret(value)]
    if let credential = OktaCredential(header: header) { parts.append(credential.secret) }
    if scheme.lowercased() == "basic" { parts += halves(ofBasic: value).map { Secret($0) } }
    return parts
  }

  /// Name and password of RFC 7617.
  private static func halves(ofBasic value: String) -> [String] {
    let digits = value.filter { !$0.isWhitespace && $0 != "=" }
    let padding = String(repeating: "=", count: (4 - digits.count % 4) % 4)
    guard let data = Data(base64Encoded: digits + padding) else { return [] }
    return String(decoding: data, as: UTF8.self)
      .split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
  }
}
