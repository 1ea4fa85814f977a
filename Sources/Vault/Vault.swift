package import Connections
import Crypto

/// Seals and opens secrets, and gives each a keyed fingerprint. It holds keys, and no secret.
package struct Vault: Sendable {
  let master: MasterKey
  private let fingerprintKey: SymmetricKey
  /// The journal, which is one organisation's; part of what a sealed secret is bound to.
  private let journalID: String
  let random: @Sendable (Int) -> [UInt8]

  /// Opens the vault of a journal with the fingerprint key that the journal keeps.
  ///
  /// - Parameter random: gives as many random bytes as asked for.
  package init(
    master: MasterKey, keyring: Keyring, journalID: String,
    random: @escaping @Sendable (Int) -> [UInt8]
  ) throws(MasterKeyFault) {
    guard keyring.masterKeyID == master.id else {
      throw .wrongKey(expectedID: keyring.masterKeyID, foundID: master.id)
    }
    guard
      let bytes = try? Self.open(
        keyring.wrappedFingerprintKey, with: master.key, binding: Self.keyringBinding)
    else { throw .keyringAltered }
    self.master = master
    self.fingerprintKey = SymmetricKey(data: bytes)
    self.journalID = journalID
    self.random = random
  }

  /// What is sealed by the master key and kept in the journal: one fingerprint key for its whole
  /// life.
  package struct Keyring: Hashable, Sendable {
    package var masterKeyID: String
    package var wrappedFingerprintKey: [UInt8]

    package init(masterKeyID: String, wrappedFingerprintKey: [UInt8]) {
      self.masterKeyID = masterKeyID
      self.wrappedFingerprintKey = wrappedFingerprintKey
    }
  }

  /// Makes the keyring of a new journal.
  package static func makeKeyring(
    master: MasterKey, random: (Int) -> [UInt8]
  ) throws -> Keyring {
    Keyring(
      masterKeyID: master.id,
      wrappedFingerprintKey: try seal(
        random(32), with: master.key, nonce: random(12), binding: keyringBinding))
  }

  private static let keyringBinding = keyringBinding(of: "fingerprint")

  // MARK: - Secrets

  /// Seals a secret under a data key of its own, bound to the place that it is recorded for: a
  /// sealed secret moved to another connection, event or field does not open.
  ///
  /// - Parameter id: the id of the sealed copy, unique in the journal.
  package func seal(
    _ secret: Secret, _ field: SecretField, id: UUIDv7, for appID: AppID, in eventID: EventID
  ) throws -> (reference: SecretReference, sealed: SealedSecret) {
    let dataKey = random(32)
    let binding = binding(field, id: id, appID: appID, eventID: eventID)
    let sealed = try secret.withBytes { bytes in
      try Self.seal(
        bytes, with: SymmetricKey(data: dataKey), nonce: random(12), binding: binding)
    }
    let wrapped = try Self.seal(dataKey, with: master.key, nonce: random(12), binding: binding)
    let reference = SecretReference(
      id: id, field: field, fingerprint: fingerprint(secret),
      commitment: Hex.encode(SHA256.hash(data: sealed)))
    return (
      reference,
      SealedSecret(id: id, sealed: sealed, wrappedKey: wrapped, masterKeyID: master.id)
    )
  }

  /// Opens a sealed secret for one upstream request.
  package func open(
    _ sealed: SealedSecret, _ reference: SecretReference, for appID: AppID, in eventID: EventID
  ) throws(VaultFault) -> Secret {
    guard Hex.encode(SHA256.hash(data: sealed.sealed)) == reference.commitment else {
      throw .altered(reference.id)
    }
    let binding = binding(reference.field, id: reference.id, appID: appID, eventID: eventID)
    guard
      let dataKey = try? Self.open(sealed.wrappedKey, with: master.key, binding: binding),
      let bytes = try? Self.open(
        sealed.sealed, with: SymmetricKey(data: dataKey), binding: binding)
    else { throw .doesNotOpen(reference.id) }
    return Secret(bytes: bytes)
  }

  /// Equal in one journal exactly when the secrets are: HMAC-SHA-256 cut to 128 bits, as 32 hex
  /// digits.
  package func fingerprint(_ secret: Secret) -> String {
    secret.withBytes { bytes in
      Hex.encode(
        HMAC<SHA256>.authenticationCode(for: bytes, using: fingerprintKey).prefix(16))
    }
  }

  func binding(
    _ field: SecretField, id: UUIDv7, appID: AppID, eventID: EventID
  ) -> [UInt8] {
    CanonicalWriter.object { writer in
      writer.string("appId", appID.description)
      writer.string("eventId", eventID.description)
      writer.string("field", field.rawValue)
      writer.string("id", id.description)
      writer.string("journalId", journalID)
    }
  }

  // MARK: - AES-256-GCM

  static func seal(
    _ bytes: [UInt8], with key: SymmetricKey, nonce: [UInt8], binding: [UInt8]
  ) throws -> [UInt8] {
    let box = try AES.GCM.seal(
      bytes, using: key, nonce: AES.GCM.Nonce(data: nonce), authenticating: binding)
    return Array(nonce) + Array(box.ciphertext) + Array(box.tag)
  }

  static func open(
    _ sealed: [UInt8], with key: SymmetricKey, binding: [UInt8]
  ) throws -> [UInt8] {
    try Array(
      AES.GCM.open(AES.GCM.SealedBox(combined: sealed), using: key, authenticating: binding))
  }
}

/// Why a sealed secret cannot be used.
package enum VaultFault: Error, Hashable, Sendable {
  /// The sealed bytes are not those that the event commits to.
  case altered(UUIDv7)
  /// Its keys do not open it: it was sealed for another place or under another master key.
  case doesNotOpen(UUIDv7)
}

/// SHA-256 of bytes, in hex: the name of a plan or of a token.
package enum ContentDigest {
  package static func hex(_ bytes: [UInt8]) -> String { Hex.encode(SHA256.hash(data: bytes)) }
}
