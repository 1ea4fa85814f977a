import Synchronization

/// A secret in clear, on its way into one upstream request or into the vault. It describes itself
/// with nothing, so that no log line, error or dump can carry it. Its bytes lie in one place, which
/// is overwritten when the last holder lets go.
package struct Secret: Sendable, CustomStringConvertible, CustomDebugStringConvertible,
  CustomReflectable
{
  private let memory: SecretMemory

  package init(_ text: String) { memory = SecretMemory(Array(text.utf8)) }
  package init(bytes: [UInt8]) { memory = SecretMemory(bytes) }

  /// Lends the bytes for the length of `body`: whoever keeps them keeps a copy that nobody
  /// overwrites.
  package func withBytes<Result, Failure: Error>(
    _ body: ([UInt8]) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try body(memory.lent)
  }

  package var isEmpty: Bool { memory.lent.isEmpty }
  package var description: String { "(secret)" }
  package var debugDescription: String { "(secret)" }
  package var customMirror: Mirror { Mirror(self, children: [:]) }
}

/// The one place of a secret's bytes.
private final class SecretMemory: Sendable {
  private let bytes: Mutex<[UInt8]>

  init(_ content: [UInt8]) { bytes = Mutex(content) }

  var lent: [UInt8] { bytes.withLock { $0 } }

  deinit {
    bytes.withLock { bytes in
      for position in bytes.indices { bytes[position] = 0 }
    }
  }
}

/// What is sealed.
package enum SecretField: String, Sendable, CaseIterable {
  case token
  case adminPassword
  /// A whole answer of Okta's, for a caller who asks again.
  case answer
  /// The link for a person's consent, which bears a `state` of one use.
  case consentLink
}

/// How an event names a sealed secret: enough to prove, compare and use it, not enough to know it.
package struct SecretReference: Hashable, Sendable {
  /// The key of the sealed bytes in the journal.
  package var id: UUIDv7
  package var field: SecretField
  /// Keyed; equal in one journal exactly when the secrets are. 32 hex digits (128 bits).
  package var fingerprint: String
  /// SHA-256 of nonce, ciphertext and tag, in hex: the event's leaf commits to the sealed bytes, so
  /// destroying the data key leaves every proof intact.
  package var commitment: String

  package init(id: UUIDv7, field: SecretField, fingerprint: String, commitment: String) {
    self.id = id
    self.field = field
    self.fingerprint = fingerprint
    self.commitment = commitment
  }

  func write(to writer: inout CanonicalWriter) {
    writer.string("commitment", commitment)
    writer.string("field", field.rawValue)
    writer.string("fingerprint", fingerprint)
    writer.string("id", id.description)
  }

  init(from reader: inout CanonicalReader) throws(EventFault) {
    commitment = try reader.string("commitment")
    field = try reader.word("field", of: SecretField.self)
    fingerprint = try reader.string("fingerprint")
    id = try reader.id("id")
  }
}

/// A sealed secret as the journal stores it: AES-256-GCM under a data key of its own, and that key
/// wrapped by the master key. The two parts live apart, so that one can be destroyed.
package struct SealedSecret: Hashable, Sendable {
  package var id: UUIDv7
  /// Nonce, ciphertext and tag.
  package var sealed: [UInt8]
  /// The data key, sealed by the master key; nonce, ciphertext and tag.
  package var wrappedKey: [UInt8]
  /// Names the master key without revealing it.
  package var masterKeyID: String

  package init(id: UUIDv7, sealed: [UInt8], wrappedKey: [UInt8], masterKeyID: String) {
    self.id = id
    self.sealed = sealed
    self.wrappedKey = wrappedKey
    self.masterKeyID = masterKeyID
  }
}
