import Crypto

/// Puts a signature under a note. Another algorithm, or a signer outside of this process, conforms
/// to the same two requirements.
package protocol NoteSigner: Sendable {
  var key: VerificationKey { get }
  /// - Parameter text: the note's whole text, with its last line feed.
  func sign(_ text: [UInt8]) async throws -> NoteSignature
}

/// Signs as a log does. It describes itself with nothing, for it holds the private key.
package struct LogSigner: NoteSigner, CustomStringConvertible {
  package let key: VerificationKey
  private let secret: Curve25519.Signing.PrivateKey
  package var description: String { "LogSigner(\(key.name))" }

  /// - Parameter seed: the 32 bytes of an Ed25519 private key (RFC 8032 section 5.1.5).
  package init(name: String, seed: [UInt8]) throws(VerificationKeyFault) {
    (secret, key) = try SigningKey.make(name, .ed25519, seed)
  }

  package func sign(_ text: [UInt8]) throws -> NoteSignature {
    NoteSignature(
      name: key.name, keyID: key.id, bytes: Array(try secret.signature(for: text)))
  }
}

/// Signs as a witness does, with the time at which it saw the checkpoint.
package struct Cosigner: NoteSigner, CustomStringConvertible {
  package let key: VerificationKey
  private let secret: Curve25519.Signing.PrivateKey
  /// Seconds since 1970.
  private let now: @Sendable () -> UInt64
  package var description: String { "Cosigner(\(key.name))" }

  package init(
    name: String, seed: [UInt8], now: @escaping @Sendable () -> UInt64
  ) throws(VerificationKeyFault) {
    (secret, key) = try SigningKey.make(name, .ed25519Cosignature, seed)
    self.now = now
  }

  package func sign(_ text: [UInt8]) throws -> NoteSignature {
    let seconds = now()
    let signature = try secret.signature(for: Cosignature.message(text, at: seconds))
    let time = (0..<8).map { UInt8(truncatingIfNeeded: seconds >> (56 - 8 * $0)) }
    return NoteSignature(name: key.name, keyID: key.id, bytes: time + Array(signature))
  }
}

private enum SigningKey {
  static func make(
    _ name: String, _ algorithm: VerificationKey.Algorithm, _ seed: [UInt8]
  ) throws(VerificationKeyFault) -> (Curve25519.Signing.PrivateKey, VerificationKey) {
    guard let secret = try? Curve25519.Signing.PrivateKey(rawRepresentation: seed) else {
      throw .badKey
    }
    let key = try VerificationKey(
      name: name, algorithm: algorithm, publicKey: Array(secret.publicKey.rawRepresentation))
    return (secret, key)
  }
}

/// `cosignature/v1` of c2sp.org/tlog-cosignature: a time and a signature over it and the note.
package struct Cosignature: Hashable, Sendable {
  /// Since 1970.
  package let seconds: UInt64
  package let signature: [UInt8]

  package init?(_ signature: NoteSignature) {
    guard signature.bytes.count == 72 else { return nil }
    seconds = signature.bytes.prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
    self.signature = Array(signature.bytes.dropFirst(8))
  }

  static func message(_ text: [UInt8], at seconds: UInt64) -> [UInt8] {
    Array("cosignature/v1\ntime \(seconds)\n".utf8) + text
  }
}
