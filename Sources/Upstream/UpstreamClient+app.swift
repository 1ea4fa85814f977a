package import Connections
import NIOCore
package import OktaAPI

extension UpstreamClient {
  /// How Okta shows an app to its administrators; one call. `nil` when it does not answer, or there
  /// is no such app.
  package func app(
    _ appID: AppID, credential: OktaCredential
  ) async -> (label: String, name: String?)? {
    do {
      let answer = try await forward(
        Forward(
          method: "GET", target: "/api/v1/apps/\(appID)", headers: [],
          authorization: credential.header, body: nil, contentLength: nil))
      guard answer.status == 200 else { return nil }
      var bytes: [UInt8] = []
      for try await part in answer.body {
        bytes.append(contentsOf: part.readableBytesView)
        guard bytes.count <= Self.maximumAppBytes else { return nil }
      }
      let value = try JSONValue(parsing: bytes)
      guard let label = value["label"]?.text, !label.isEmpty else { return nil }
      return (String(label.prefix(200)), value["name"]?.text.map { String($0.prefix(100)) })
    } catch { return nil }
  }

  /// The longest app resource that is read, in bytes.
  private static let maximumAppBytes = 1 << 20
}
