package import Connections

/// A call as it arrived, whatever became of it; for whoever wants to know what was sent.
package struct SandboxCall: Sendable {
  package var operation: SandboxOperation
  package var appID: AppID?
  /// Path and query, raw.
  package var target: String
  /// It can hold a token.
  package var body: Secret
}
