package import Connections

/// A call as it arrived, whatever became of it; for whoever wants to know what was sent.
package struct SandboxCall: Sendable {
  /// From 1, in the order of arrival.
  package var number: Int
  package var operation: SandboxOperation
  package var appID: AppID?
  /// Path and query, raw.
  package var target: String
  /// It can hold a token.
  package var body: Secret
  /// It was carried out. The call is told once when it arrives, and once more when this is so.
  package var tookEffect = false
}
