import Crypto

/// A public key with its name, as c2sp.org/signed-note writes it: `NAME+KEYID+BASE64`.
package struct VerificationKey: Hashable, Sendable {
  package enum Algorithm: UInt8, Sendable {
    /// A signature over the note's text.
    case ed25519 = 0x01
    /// A signature over the note's text and a time (c2sp.org/tlog-cosignature).
    case ed25519Cosignature = 0x04
  }

  package let name: String
  package let algorithm: Algorithm
  package let publicKey: [UInt8]
  /// The first four bytes of a hash over name, algorithm and key.
  package let id: UInt32

  package init(
    name: String, algorithm: Algorithm, publicKey: [UInt8]
  ) throws(VerificationKeyFault) {
    guard Self.isName(name) else { throw .badName }
    guard publicKey.count == 32,
      (try? Curve25519.Signing.PublicKey(rawRepresentation: publicKey)) != nil
    else { throw .badKey }
    self.name = name
    self.algorithm = algorithm
    self.publicKey = publicKey
    let hashed = Array(name.utf8) + [0x0A, algorithm.rawValue] + publicKey
    id = SHA256.hash(data: hashed).prefix(4).reduce(0) { $0 << 8 | UInt32($1) }
  }

  package init(_ text: String) throws(VerificationKeyFault) {
    // The base64 part may hold a `+` itself.
    let parts = text.split(separator: "+", maxSplits: 2, omittingEmptySubsequences: false)
    guard parts.count == 3 else { throw .notAKey }
    guard let bytes = Base64.decode(String(parts[2])), let type = bytes.first else {
      throw .badKey
    }
    guard let algorithm = Algorithm(rawValue: type) else { throw .unknownAlgorithm(type) }
    try self.init(
      name: String(parts[0]), algorithm: algorithm, publicKey: Array(bytes.dropFirst()))
    guard parts[1] == Self.hexadecimal(id) else { throw .wrongID(Self.hexadecimal(id)) }
  }

  /// Non-empty, without a space of Unicode's, without `+` and control characters.
  package static func isName(_ text: String) -> Bool {
    !text.isEmpty
      && text.unicodeScalars.allSatisfy {
        !$0.properties.isWhitespace && $0 != "+" && $0.value >= 0x20
      }
  }

  /// Eight lower-case digits.
  private static func hexadecimal(_ id: UInt32) -> String {
    let digits = String(id, radix: 16)
    return String(repeating: "0", count: 8 - digits.count) + digits
  }

  /// Whether a signature is named after this key; it may still be false.
  package func isNamed(by signature: NoteSignature) -> Bool {
    signature.keyID == id && signature.name.utf8.elementsEqual(name.utf8)
  }

  func isValid(_ signature: some Collection<UInt8>, for message: [UInt8]) -> Bool {
    guard signature.count == 64,
      let key = try? Curve25519.Signing.PublicKey(rawRepresentation: publicKey)
    else { return false }
    return key.isValidSignature(Array(signature), for: message)
  }
}

extension VerificationKey: CustomStringConvertible {
  package var description: String {
    "\(name)+\(Self.hexadecimal(id))+\(Base64.encode([algorithm.rawValue] + publicKey))"
  }
}

/// Why a text is no key.
package enum VerificationKeyFault: Error, Hashable, Sendable, CustomStringConvertible {
  case notAKey
  case badName
  case badKey
  case unknownAlgorithm(UInt8)
  /// The id in the text is not that of the key; this one is.
  case wrongID(String)

  package var description: String {
    switch self {
    case .notAKey: "a key has the form NAME+ID+BASE64"
    case .badName: "a key's name has no spaces, no `+`, and is not empty"
    case .badKey: "the part after the second `+` is no Ed25519 public key in base64"
    case .unknownAlgorithm(let type):
      "its algorithm \(type) is not Ed25519 (1) nor an Ed25519 cosignature (4)"
    case .wrongID(let id): "its id is \(id), and the text says otherwise"
    }
  }
}
