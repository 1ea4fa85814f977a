package import EventStore
package import Vault

extension WrappedKeys {
  /// What a vault can tell to whoever verifies: whether keys open, never what they are.
  package init(_ vault: Vault) {
    self.init(
      masterKeyID: vault.masterKeyID,
      opensKeyring: { name, wrapped in (try? vault.openKey(wrapped, named: name)) != nil },
      opensSecret: { sealed, reference, appID, eventID in
        (try? vault.open(sealed, reference, for: appID, in: eventID)) != nil
      })
  }
}
