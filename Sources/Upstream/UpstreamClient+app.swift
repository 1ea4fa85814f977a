package import Connections
import NIOCore
package import OktaAPI

/// What Okta answered when it was asked how an app is called.
package struct ShownApp: Sendable {
  /// Absent where the answer has none: there is no such app, or it is not for this credential.
  package var label: String?
  package var name: String?
  package var rateLimit: RateLimit?
}

extension UpstreamClient {
  /// How Okta shows an app to its administrators; one call. `nil` when it gave no telling answer.
  package func app(_ appID: AppID, credential: OktaCredential) async -> ShownApp? {
    do {
      let answer = try await forward(
        Forward(
          method: "GET", target: "/api/v1/apps/" + PathSegment.encode(appID.description),
          headers: [], authorization: credential.header, body: nil, contentLength: nil))
      var bytes: [UInt8] = []
      for try await part in answer.body {
        bytes.append(contentsOf: part.readableBytesView)
        guard bytes.count <= Self.maximumAppBytes else { return nil }
      }
      let head = OktaAnswer(
        status: answer.status, headers: answer.headers, body: [], durationMicroseconds: 0)
      var shown = ShownApp(rateLimit: head.rateLimit)
      switch answer.status {
      case 200:
        let value = try JSONValue(parsing: bytes)
        guard let label = value["label"]?.text, !label.isEmpty else { return shown }
        shown.label = String(label.prefix(200))
        shown.name = value["name"]?.text.map { String($0.prefix(100)) }
        return shown
      case 429, 500...: return nil
      default: return shown
      }
    } catch { return nil }
  }

  /// The longest app resource that is read, in bytes.
  private static let maximumAppBytes = 1 << 20
}
