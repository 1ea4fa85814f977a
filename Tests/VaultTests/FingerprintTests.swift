import Connections
import Fixtures
import Testing

@testable import Vault

@Suite struct `A fingerprint` {
  let thing: SealedThing

  init() throws { thing = try SealedThing() }

  @Test(arguments: [
    ("token", "token", true), ("token", "tokem", false), ("token", "token ", false),
    ("token", "Token", false), ("", "", true), ("", "\0", false),
  ])
  func `is equal exactly when the secrets are`(one: String, other: String, isEqual: Bool) {
    let vault = thing.vault
    #expect((vault.fingerprint(Secret(one)) == vault.fingerprint(Secret(other))) == isEqual)
  }

  @Test func `does not depend on where the secret is used`() throws {
    let app = try #require(AppID("0oaORG2ORG0000000001"))
    let (elsewhere, _) = try thing.vault.seal(
      Secret(SealedThing.secret), .adminPassword, id: .numbered(7), for: app, in: .numbered(8))
    #expect(elsewhere.fingerprint == thing.reference.fingerprint)
  }

  @Test func `says nothing in another journal`() throws {
    let keyring = try Vault.makeKeyring(master: thing.master, random: thing.life.random)
    let other = try Vault(
      master: thing.master, keyring: keyring, journalID: SealedThing.journalID, random: { _ in [] })
    #expect(other.fingerprint(Secret(SealedThing.secret)) != thing.reference.fingerprint)
  }

  /// Journals live for years: the same key and secret give these digits for ever.
  @Test func `is HMAC-SHA-256 cut to 128 bits`() throws {
    let keyring = try Vault.makeKeyring(
      master: thing.master, random: { [UInt8](repeating: 7, count: $0) })
    let vault = try Vault(
      master: thing.master, keyring: keyring, journalID: SealedThing.journalID, random: { _ in [] })
    #expect(
      vault.fingerprint(Secret("00targetOrgApiToken")) == "fed77fa896d89e45641cf22aca853429")
  }
}

@Suite struct `A keyring` {
  let thing: SealedThing

  init() throws { thing = try SealedThing() }

  @Test func `refuses another master key by name`() throws {
    let other = try MasterKey(Secret(bytes: [UInt8](repeating: 1, count: 32)))
    #expect(
      throws: MasterKeyFault.wrongKey(expectedID: thing.master.id, foundID: other.id)
    ) {
      try Vault(
        master: other, keyring: thing.keyring, journalID: SealedThing.journalID, random: { _ in [] }
      )
    }
  }

  @Test func `refuses a key that only has the right name`() throws {
    let other = try MasterKey(Secret(bytes: [UInt8](repeating: 1, count: 32)))
    let renamed = Vault.Keyring(
      masterKeyID: other.id, wrappedFingerprintKey: thing.keyring.wrappedFingerprintKey)
    #expect(throws: MasterKeyFault.keyringAltered) {
      try Vault(
        master: other, keyring: renamed, journalID: SealedThing.journalID, random: { _ in [] })
    }
  }

  @Test func `does not open when a byte of it is altered`() {
    for position in thing.keyring.wrappedFingerprintKey.indices {
      var keyring = thing.keyring
      keyring.wrappedFingerprintKey = keyring.wrappedFingerprintKey.flipped(at: position)
      #expect(throws: MasterKeyFault.self, "byte \(position)") {
        try Vault(
          master: thing.master, keyring: keyring, journalID: SealedThing.journalID,
          random: { _ in [] })
      }
    }
  }
}
