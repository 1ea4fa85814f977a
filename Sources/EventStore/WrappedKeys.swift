package import Connections

/// What the holder of the master key can tell about the keys that it wraps. The store has no master
/// key: whoever verifies and has it hands this in.
package struct WrappedKeys: Sendable {
  package var masterKeyID: String
  /// Whether a key of the keyring opens under its name.
  package var opensKeyring: @Sendable (_ name: String, _ wrapped: [UInt8]) -> Bool
  /// Whether a sealed secret opens for its place.
  package var opensSecret: @Sendable (SealedSecret, SecretReference, AppID, EventID) -> Bool

  package init(
    masterKeyID: String,
    opensKeyring: @escaping @Sendable (_ name: String, _ wrapped: [UInt8]) -> Bool,
    opensSecret: @escaping @Sendable (SealedSecret, SecretReference, AppID, EventID) -> Bool
  ) {
    self.masterKeyID = masterKeyID
    self.opensKeyring = opensKeyring
    self.opensSecret = opensSecret
  }
}
