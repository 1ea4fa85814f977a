import Connections
import Fixtures
import Testing

@testable import Vault

@Suite struct `The vault` {
  let thing: SealedThing

  init() throws { thing = try SealedThing() }

  @Test(arguments: ["x", SealedThing.secret, "påssord 🔑", String(repeating: "k", count: 5_000)])
  func `opens what it sealed`(text: String) throws {
    for field in SecretField.allCases {
      let (reference, sealed) = try thing.vault.seal(
        Secret(text), field, id: .numbered(3), for: thing.app, in: thing.event)
      let opened = try thing.vault.open(sealed, reference, for: thing.app, in: thing.event)
      #expect(opened.text == text)
      #expect(reference.field == field)
      #expect(reference.id == .numbered(3))
      #expect(sealed.id == .numbered(3))
      #expect(sealed.masterKeyID == thing.master.id)
    }
  }

  @Test func `opens with the same keys after a restart`() throws {
    let again = try Vault(
      master: MasterKey(Secret(bytes: SealedThing.masterBytes)), keyring: thing.keyring,
      journalID: SealedThing.journalID, random: { _ in [] })
    let opened = try again.open(thing.sealed, thing.reference, for: thing.app, in: thing.event)
    #expect(opened.text == SealedThing.secret)
  }

  // MARK: - What does not open

  enum Place: CaseIterable { case app, event, field, id, journal, masterKey }

  @Test(arguments: Place.allCases)
  func `opens nothing at another place than it was sealed for`(place: Place) throws {
    var (vault, app, event, reference) = (thing.vault, thing.app, thing.event, thing.reference)
    switch place {
    case .app: app = try #require(AppID("0oaZSCALER0000000002"))
    case .event: event = .numbered(9)
    case .field: reference.field = .adminPassword
    case .id: reference.id = .numbered(9)
    case .journal:
      vault = try Vault(
        master: thing.master, keyring: thing.keyring, journalID: "another-journal",
        random: { _ in [] })
    case .masterKey:
      let other = try MasterKey(Secret(bytes: [UInt8](repeating: 9, count: 32)))
      let keyring = try Vault.makeKeyring(master: other, random: thing.life.random)
      vault = try Vault(
        master: other, keyring: keyring, journalID: SealedThing.journalID, random: { _ in [] })
    }
    #expect(throws: VaultFault.doesNotOpen(reference.id)) {
      try vault.open(thing.sealed, reference, for: app, in: event)
    }
  }

  @Test func `notices each altered byte of the sealed secret`() {
    for position in thing.sealed.sealed.indices {
      var sealed = thing.sealed
      sealed.sealed = sealed.sealed.flipped(at: position)
      #expect(throws: VaultFault.altered(thing.reference.id), "byte \(position)") {
        try thing.vault.open(sealed, thing.reference, for: thing.app, in: thing.event)
      }
    }
  }

  @Test func `opens no altered bytes, even when the reference commits to them`() {
    for position in thing.sealed.sealed.indices {
      var (sealed, reference) = (thing.sealed, thing.reference)
      sealed.sealed = sealed.sealed.flipped(at: position)
      reference.commitment = ContentDigest.hex(sealed.sealed)
      #expect(throws: VaultFault.doesNotOpen(reference.id), "byte \(position)") {
        try thing.vault.open(sealed, reference, for: thing.app, in: thing.event)
      }
    }
  }

  @Test func `opens nothing with an altered or a cut key`() {
    let wrapped = thing.sealed.wrappedKey
    let wrong = wrapped.indices.map { wrapped.flipped(at: $0) } + [[], Array(wrapped.dropLast())]
    for key in wrong {
      var sealed = thing.sealed
      sealed.wrappedKey = key
      #expect(throws: VaultFault.doesNotOpen(thing.reference.id)) {
        try thing.vault.open(sealed, thing.reference, for: thing.app, in: thing.event)
      }
    }
  }

  // MARK: - What can be seen from outside

  @Test func `seals so that the secret cannot be seen`() {
    let secret = Array(SealedThing.secret.utf8)
    #expect(!thing.sealed.sealed.contains(run: Array(secret.prefix(4))))
    #expect(!thing.sealed.wrappedKey.contains(run: Array(secret.prefix(4))))
    #expect(!thing.sealed.wrappedKey.contains(run: Array(SealedThing.masterBytes.prefix(4))))
    #expect(!thing.keyring.wrappedFingerprintKey.contains(run: SealedThing.masterBytes))
    #expect(thing.sealed.sealed.count == 12 + secret.count + 16)
    #expect(thing.sealed.wrappedKey.count == 12 + 32 + 16)
  }

  @Test func `seals one secret twice into different bytes`() throws {
    let (reference, sealed) = try thing.vault.seal(
      Secret(SealedThing.secret), .token, id: .numbered(2), for: thing.app, in: thing.event)
    #expect(sealed.sealed != thing.sealed.sealed)
    #expect(sealed.wrappedKey != thing.sealed.wrappedKey)
    #expect(reference.commitment != thing.reference.commitment)
    #expect(reference.fingerprint == thing.reference.fingerprint)
  }

  @Test func `commits to the sealed bytes`() {
    #expect(thing.reference.commitment == ContentDigest.hex(thing.sealed.sealed))
  }

  @Test func `digests as SHA-256 does`() {
    #expect(
      ContentDigest.hex(Array("abc".utf8))
        == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
  }
}
