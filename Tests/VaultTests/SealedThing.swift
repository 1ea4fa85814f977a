import Connections
import Fixtures
import Testing
import Vault

/// One secret, sealed for one place, and the vault that sealed it.
struct SealedThing {
  static let secret = "00targetOrgApiToken-b7Qx"
  static let masterBytes = [UInt8](0..<32)
  static let journalID = "0192f0c1-2f3a-7000-8000-00000000000a"

  let life = StillLife()
  let vault: Vault
  let keyring: Vault.Keyring
  let master: MasterKey
  let app: AppID
  let event: EventID
  let reference: SecretReference
  let sealed: SealedSecret

  init() throws {
    let life = life
    master = try MasterKey(Secret(bytes: Self.masterBytes))
    keyring = try Vault.makeKeyring(master: master, random: life.random)
    vault = try Vault(
      master: master, keyring: keyring, journalID: SealedThing.journalID,
      random: { life.random($0) })
    app = try #require(AppID("0oaZSCALER0000000001"))
    event = .numbered(1)
    (reference, sealed) = try vault.seal(
      Secret(Self.secret), .token, id: .numbered(2), for: app, in: event)
  }
}

extension UUIDv7 {
  static func numbered(_ number: UInt8) -> UUIDv7 {
    UUIDv7(
      instant: Instant(microseconds: 1_795_420_320_000_000),
      random: [UInt8](repeating: number, count: 10))
  }
}

extension Secret {
  var text: String { withBytes { String(decoding: $0, as: UTF8.self) } }
}

extension [UInt8] {
  /// These bytes with one bit of one byte turned over.
  func flipped(at position: Int) -> [UInt8] {
    var bytes = self
    bytes[position] ^= 1
    return bytes
  }

  func contains(run: [UInt8]) -> Bool {
    indices.contains { self[$0...].starts(with: run) }
  }
}
