package import Connections

/// Keys of the journal itself, each sealed by the master key and kept in the keyring under a name:
/// the fingerprint key, and the key with which the log signs.
extension Vault {
  /// What a sealed key is bound to: one that is put in the place of another does not open.
  package static func keyringBinding(of name: String) -> [UInt8] {
    Array("hindsight/\(name)-key/1".utf8)
  }

  /// Names the master key that seals them, without revealing it.
  package var masterKeyID: String { master.id }

  /// 256 random bits.
  package func newKey() -> Secret { Secret(bytes: random(32)) }

  package func sealKey(_ key: Secret, named name: String) throws -> [UInt8] {
    try key.withBytes { bytes in
      try Self.seal(
        bytes, with: master.key, nonce: random(12), binding: Self.keyringBinding(of: name))
    }
  }

  package func openKey(_ sealed: [UInt8], named name: String) throws(KeyringFault) -> Secret {
    guard
      let bytes = try? Self.open(
        sealed, with: master.key, binding: Self.keyringBinding(of: name))
    else { throw KeyringFault(name: name) }
    return Secret(bytes: bytes)
  }
}

/// A sealed key of the journal does not open: it was altered, or sealed for another place.
package struct KeyringFault: Error, Hashable, Sendable {
  package var name: String
}
