import Connections
import Foundation
import Testing

@testable import Vault

@Suite struct `No description of the vault` {
  let thing: SealedThing

  init() throws { thing = try SealedThing() }

  /// Everything that a log line, an error or a debugger's dump could print.
  private func descriptions(of value: some Any) -> String {
    var text = "\(value)\n" + String(reflecting: value) + "\n"
    dump(value, to: &text)
    return text
  }

  /// The ways in which bytes turn up in a description.
  private func forms(of bytes: [UInt8]) -> [String] {
    [
      Hex.encode(bytes), Hex.encode(bytes).uppercased(), Data(bytes).base64EncodedString(),
      bytes.map(String.init).joined(separator: ", "),
      bytes.map { "- \($0)" }.joined(separator: "\n"), String(decoding: bytes, as: UTF8.self),
    ]
  }

  @Test func `shows the master key`() {
    for text in [descriptions(of: thing.master), descriptions(of: thing.vault)] {
      for form in forms(of: Array(SealedThing.masterBytes[9..<15])) {
        #expect(!text.contains(form))
      }
    }
  }

  @Test func `shows the key of the fingerprints`() throws {
    let key = [UInt8](repeating: 0xC5, count: 32)
    let keyring = try Vault.makeKeyring(
      master: thing.master, random: { Array(key.prefix($0)) })
    let vault = try Vault(
      master: thing.master, keyring: keyring, journalID: SealedThing.journalID, random: { _ in [] })
    let text = descriptions(of: vault)
    for form in forms(of: Array(key.prefix(6))) { #expect(!text.contains(form)) }
  }

  @Test func `shows a secret that was opened`() throws {
    let opened = try thing.vault.open(
      thing.sealed, thing.reference, for: thing.app, in: thing.event)
    let text =
      descriptions(of: opened) + descriptions(of: thing.sealed)
      + descriptions(of: thing.reference)
    for form in forms(of: Array(SealedThing.secret.utf8.prefix(8))) {
      #expect(!text.contains(form))
    }
  }

  @Test func `shows what stood in place of a key`() {
    let text = "no key: 00sshh-almost-a-secret"
    let fault = #expect(throws: MasterKeyFault.self) {
      try MasterKey(text: text, source: "the environment")
    }
    #expect(fault == .malformed(source: "the environment"))
    #expect(!descriptions(of: fault).contains("almost-a-secret"))
  }
}
