package import Connections
package import OktaAPI

/// How a call that changes something ended. Closed, so that no caller can forget the fourth case.
package enum CallOutcome: Sendable {
  case succeeded(OktaAnswer)
  case refused(OktaAnswer)
  /// No byte of the request can have reached Okta.
  case notSent(reason: String)
  /// It may have happened. The answer, as far as one came, does not tell.
  case unknown(reason: String, Seen)

  /// How much of an answer came.
  package enum Seen: Sendable {
    case nothing
    /// Its body did not end, or not in time.
    case head(OktaAnswer)
    case whole(OktaAnswer)
  }
}

/// How a GET of a connection ended.
package enum ReadOutcome: Sendable {
  case answered(OktaAnswer)
  case failed(reason: String, wasSent: Bool)
}

/// One of the four operations that change something, as it goes to Okta.
package struct UpstreamCall: Sendable {
  package enum Operation: Sendable {
    /// The body goes as it is, and stays in memory only.
    case update(body: [UInt8])
    case activate
    case deactivate
    case verify(appName: String)
  }

  package var appID: AppID
  package var operation: Operation
  /// The raw query of the client, or ours.
  package var query: String?
  package var headers: [OktaAnswer.Header]
  package var credential: OktaCredential

  package init(
    appID: AppID, operation: Operation, query: String?, headers: [OktaAnswer.Header],
    credential: OktaCredential
  ) {
    self.appID = appID
    self.operation = operation
    self.query = query
    self.headers = headers
    self.credential = credential
  }

  var path: String {
    let app = "/api/v1/apps/" + PathSegment.encode(appID.description)
    return switch operation {
    case .update: app + "/connections/default"
    case .activate: app + "/connections/default/lifecycle/activate"
    case .deactivate: app + "/connections/default/lifecycle/deactivate"
    case .verify(let name):
      "/api/v1/apps/" + PathSegment.encode(name) + "/" + PathSegment.encode(appID.description)
        + "/oauth2/callback"
    }
  }
}

enum PathSegment {
  /// Percent-encodes all but RFC 3986's unreserved characters.
  static func encode(_ text: String) -> String {
    let hex = Array("0123456789ABCDEF".utf8)
    var out: [UInt8] = []
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."),
        UInt8(ascii: "_"), UInt8(ascii: "~"):
        out.append(byte)
      default: out += [UInt8(ascii: "%"), hex[Int(byte >> 4)], hex[Int(byte & 15)]]
      }
    }
    return String(decoding: out, as: UTF8.self)
  }
}
