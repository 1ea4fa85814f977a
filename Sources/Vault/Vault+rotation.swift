package import Connections
import Crypto

/// A new master key: every wrapped key is opened once and wrapped anew. What was sealed stays as it
/// is, so no event and no proof is touched.
extension Vault {
  /// The data key of a sealed secret, wrapped under another master key.
  package func rewrap(
    _ secret: SealedSecret, _ reference: SecretReference, of place: SealedPlace,
    under other: MasterKey
  ) throws(VaultFault) -> [UInt8] {
    let binding = binding(
      reference.field, id: reference.id, appID: place.appID, eventID: place.eventID)
    guard let key = try? Self.open(secret.wrappedKey, with: master.key, binding: binding),
      let wrapped = try? Self.seal(key, with: other.key, nonce: random(12), binding: binding)
    else { throw .doesNotOpen(secret.id) }
    return wrapped
  }

  /// A key of the journal itself, sealed under another master key.
  package func rewrap(
    _ sealed: [UInt8], named name: String, under other: MasterKey
  ) throws(KeyringFault) -> [UInt8] {
    let binding = Self.keyringBinding(of: name)
    guard let key = try? Self.open(sealed, with: master.key, binding: binding),
      let wrapped = try? Self.seal(key, with: other.key, nonce: random(12), binding: binding)
    else { throw KeyringFault(name: name) }
    return wrapped
  }
}

/// Where a sealed secret belongs: what it is bound to beside its field and its own id.
package struct SealedPlace: Hashable, Sendable {
  package var appID: AppID
  package var eventID: EventID

  package init(appID: AppID, eventID: EventID) {
    self.appID = appID
    self.eventID = eventID
  }
}
