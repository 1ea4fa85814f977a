import Connections
import Testing

@testable import Vault

/// Journals outlive the program: what was sealed once must open for ever. These bytes were made by
/// another implementation of AES-256-GCM.
@Suite struct `The sealed form` {
  static let keyring = """
    070707070707070707070707086da15b6808d0f3c19a14878756f39ca65b8a748ff0861ef9bc59fd\
    03d9351cc22438d4a78795ea17dce4d28e571114
    """
  static let sealed = """
    070707070707070707070707feab3e5e7481da11039be67b4fb0f21b27c0e98b8496cdecab578ac3\
    248b1287a43a68
    """
  static let wrappedKey = """
    070707070707070707070707086da15b6808d0f3c19a14878756f39ca65b8a748ff0861ef9bc59fd\
    03d9351cfd3c773cb2fa6297871d3069cd6ef8fe
    """
  static let commitment = "ec6cb983907e10728d9d9e600be860ac9667e4bb35a584efb9f27cc1936fe247"

  let master: MasterKey
  let vault: Vault
  let app: AppID

  init() throws {
    master = try MasterKey(Secret(bytes: SealedThing.masterBytes))
    let wrapped = try #require(Hex.decode(Self.keyring))
    vault = try Vault(
      master: master,
      keyring: Vault.Keyring(masterKeyID: master.id, wrappedFingerprintKey: wrapped),
      journalID: SealedThing.journalID, random: { [UInt8](repeating: 7, count: $0) })
    app = try #require(AppID("0oaZSCALER0000000001"))
  }

  @Test func `is written as it always was`() throws {
    let (reference, sealed) = try vault.seal(
      Secret("00targetOrgApiToken"), .token, id: .numbered(2), for: app, in: .numbered(1))
    #expect(Hex.encode(sealed.sealed) == Self.sealed)
    #expect(Hex.encode(sealed.wrappedKey) == Self.wrappedKey)
    #expect(reference.commitment == Self.commitment)
    let keyring = try Vault.makeKeyring(
      master: master, random: { [UInt8](repeating: 7, count: $0) })
    #expect(Hex.encode(keyring.wrappedFingerprintKey) == Self.keyring)
  }

  @Test func `opens what was written before`() throws {
    let sealed = SealedSecret(
      id: .numbered(2), sealed: try #require(Hex.decode(Self.sealed)),
      wrappedKey: try #require(Hex.decode(Self.wrappedKey)), masterKeyID: master.id)
    let reference = SecretReference(
      id: .numbered(2), field: .token,
      fingerprint: vault.fingerprint(Secret("00targetOrgApiToken")), commitment: Self.commitment)
    let opened = try vault.open(sealed, reference, for: app, in: .numbered(1))
    #expect(opened.text == "00targetOrgApiToken")
    #expect(reference.fingerprint == "fed77fa896d89e45641cf22aca853429")
  }
}
