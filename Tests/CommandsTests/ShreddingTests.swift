import Connections
import EventStore
import Fixtures
import Testing
import Vault

@testable import Commands

@Suite(.timeLimit(.minutes(5))) struct `A shredded secret` {
  private let why = EventContext(actor: .anna, reason: "retention")

  private func print(_ lane: WriteLane, at position: Int) async throws -> String {
    let contents = try await lane.intents().compactMap(\.command.updateContent?.token)
    return try #require(contents.dropFirst(position).first).fingerprint
  }

  @Test func `opens no more, and leaves no trace of its key in any file`() async throws {
    try await WriteLane.lend { lane in
      for number in 0..<40 { try await lane.change(.token("token-\(number)")) }
      let first = try await print(lane, at: 0)
      let references = try await lane.intents().compactMap(\.command.updateContent?.token)
      var keys: [[UInt8]] = []
      for reference in references where reference.fingerprint == first {
        let sealed = try #require(try await lane.journal.reader.sealedSecret(reference.id))
        keys.append(sealed.wrappedKey)
      }
      let isThere = { (key: [UInt8]) in
        try lane.directory.names().contains {
          try lane.directory.bytes(of: $0).firstRange(of: key) != nil
        }
      }
      #expect(try keys.allSatisfy(isThere) && !keys.isEmpty)
      let result = try await lane.commands.shred(first, context: why)
      #expect(result.copies.count == keys.count && result.held.isEmpty && result.isScrubbed)
      #expect(try !keys.contains(where: isThere))
      await #expect(throws: RollbackRefusal.blocked(.secretShredded(fingerprint: first))) {
        try await lane.rollBack(to: .version(3))
      }
      await #expect(throws: SecretFault.shreddedBefore(isScrubbed: true)) {
        try await lane.commands.shred(first, context: why)
      }
      // The others open as before.
      #expect(try await lane.rollBack(to: .version(5)).isCompleted)
    }
  }

  @Test func `is replaced by another copy of the same where one is left`() async throws {
    try await WriteLane.lend { lane in
      try await lane.change(.token("one"))
      lane.world.advance(seconds: 100 * 86_400)
      try await lane.change(.token("two"))
      try await lane.change(.token("one"))
      try await lane.change(.token("two"))
      // By rule nothing goes: both were used of late.
      let result = try await lane.commands.shredOlder(thanDays: 30, context: why)
      #expect(result.copies.isEmpty)
    }
  }

  @Test func `by rule is one that is old and not in force`() async throws {
    try await WriteLane.lend { lane in
      try await lane.change(.token("old"))
      try await lane.change(.token("kept"), of: SampleApp.zscaler)
      lane.world.advance(seconds: 100 * 86_400)
      try await lane.change(.token("new"))
      let result = try await lane.commands.shredOlder(thanDays: 90, context: why)
      #expect(result.copies.map(\.appID) == [SampleApp.org2Org])
      #expect(result.copies.map(\.fingerprint) == [try await print(lane, at: 0)])
      let event = try await lane.journal.reader.events(in: .secrets, after: 0).last
      #expect(
        event?.payload == .secret(.shredded(Shredding(result.copies, olderThanDays: 90))))
      #expect(event?.context.reason == "retention")
    }
  }

  @Test func `is not, while a hold covers it`() async throws {
    try await WriteLane.lend { lane in
      try await lane.change(.token("old"))
      lane.world.advance(seconds: 100 * 86_400)
      try await lane.change(.token("new"))
      let old = try await print(lane, at: 0)
      for scope in [
        Hold.Scope.all, .connection(SampleApp.org2Org), .secret(fingerprint: old),
      ] {
        let hold = try await lane.commands.addHold(over: scope, context: why)
        await #expect(throws: SecretFault.held([hold.id])) {
          try await lane.commands.shred(old, context: why)
        }
        let byRule = try await lane.commands.shredOlder(thanDays: 90, context: why)
        #expect(byRule.copies.isEmpty && byRule.held.map(\.fingerprint) == [old])
        try await lane.commands.releaseHold(hold.id, context: why)
      }
      let facts = try await lane.journal.reader.events(in: .secrets, after: 0)
      #expect(facts.count { $0.payload.kind == .secretRefused } == 3)
      #expect(try await lane.commands.shred(old, context: why).copies.count == 1)
      await #expect(throws: SecretFault.holdNotKnown) {
        try await lane.commands.releaseHold(lane.world.newID(), context: why)
      }
    }
  }

  @Test func `is listed with its age, its uses and where else it is`() async throws {
    try await WriteLane.lend { lane in
      try await lane.change(.token("shared"))
      lane.world.advance(seconds: 86_400)
      try await lane.change(.token("shared"), of: SampleApp.zscaler)
      try await lane.change(.token("other"))
      let known = try await lane.commands.knownSecrets()
      #expect(
        known.map(\.appID) == [SampleApp.org2Org, SampleApp.org2Org, SampleApp.zscaler])
      #expect(known.map(\.isCurrent) == [false, true, true])
      #expect(known[0].fingerprint == known[2].fingerprint)
      #expect(known[0].alsoIn == [SampleApp.zscaler] && known[2].alsoIn == [SampleApp.org2Org])
      #expect(known[1].alsoIn.isEmpty)
      _ = try await lane.commands.markCompromised(known[0].fingerprint, context: why)
      _ = try await lane.commands.shred(known[0].fingerprint, context: why)
      let after = try await lane.commands.knownSecrets()
      #expect(after.map { $0.mark != nil } == [true, false, true])
      #expect(after.map(\.isShredded) == [true, false, true])
    }
  }
}

@Suite(.timeLimit(.minutes(5))) struct `A compromised secret is never sent again` {
  @Test func `neither by a rollback nor by a client`() async throws {
    try await WriteLane.lend { lane in
      try await lane.change(.token("leaked"))
      let first = try await lane.here()
      try await lane.change(.token("fresh"))
      let print = try #require(
        try await lane.intents().first?.command.updateContent?.token?.fingerprint)
      _ = try await lane.commands.markCompromised(
        print, context: EventContext(actor: .anna, reason: "in a chat"))
      await #expect(throws: RollbackRefusal.blocked(.secretCompromised(fingerprint: print))) {
        try await lane.commands.preview(SampleApp.org2Org, first)
      }
      await #expect(throws: RollbackRefusal.blocked(.secretCompromised(fingerprint: print))) {
        try await lane.rollBack(to: first)
      }
      let calls = await lane.sandbox.allCalls
      #expect(try await lane.change(.token("leaked")).word == "refused")
      #expect(await lane.sandbox.allCalls == calls)
      #expect(try await lane.kinds().suffix(2) == [.rollbackRefused, .refused])
      #expect(try await lane.outcome().refusedKind == .update)
    }
  }
}

@Suite(.timeLimit(.minutes(5))) struct `Revealing a secret` {
  private let why = EventContext(actor: .anna, reason: "the far side lost it")

  @Test func `is off by default, and the attempt is recorded`() async throws {
    try await WriteLane.lend { lane in
      try await lane.change(.token("hidden"))
      let print = try #require(try await lane.commands.knownSecrets().first?.fingerprint)
      await #expect(throws: SecretFault.revealingIsOff) {
        try await lane.commands.reveal(print, context: why)
      }
      let facts = try await lane.journal.reader.events(in: .secrets, after: 0)
      #expect(facts.map(\.payload.kind) == [.secretRefused])
    }
  }

  @Test func `is an event before it is shown`() async throws {
    var setup = WriteLane.Setup()
    setup.limits.allowsRevealing = true
    try await WriteLane.lend(setup) { lane in
      try await lane.change(.token("hidden"))
      let print = try #require(try await lane.commands.knownSecrets().first?.fingerprint)
      let secret = try await lane.commands.reveal(print, context: why)
      #expect(secret.withBytes { String(decoding: $0, as: UTF8.self) } == "hidden")
      let facts = try await lane.journal.reader.events(in: .secrets, after: 0)
      #expect(facts.map(\.payload.kind) == [.secretRevealed])
      #expect(facts.first?.context.reason == "the far side lost it")
      await #expect(throws: SecretFault.notKnown) {
        try await lane.commands.reveal("00", context: why)
      }
    }
  }
}

@Suite(.timeLimit(.minutes(5))) struct `A new master key` {
  private static let journalID = "0192f0c1-2f3a-7bbb-8ccc-000000000001"

  private func rotate(_ lane: WriteLane, to new: MasterKey) async throws -> KeyRotator.Result {
    try await KeyRotator(
      journal: lane.journal, vault: lane.vault, environment: lane.environment
    ).rotate(to: new, context: EventContext(actor: .anna, reason: "yearly"))
  }

  private func key(_ byte: UInt8) throws -> MasterKey {
    try MasterKey(Secret(bytes: [UInt8](repeating: byte, count: 32)))
  }

  /// Two tokens, and the keyring that a server would have made.
  private func twoTokens(_ lane: WriteLane) async throws {
    let old = try MasterKey(Secret(bytes: Array(0..<32)))
    let keyring = try Vault.makeKeyring(master: old) { Array(repeating: 7, count: $0) }
    try await lane.journal.writer.addKeyringEntry(
      KeyringEntry(wrapped: keyring.wrappedFingerprintKey, masterKeyID: keyring.masterKeyID),
      name: "fingerprint")
    try await lane.change(.token("one"))
    try await lane.change(.token("two"))
  }

  private func expectOpen(_ lane: WriteLane, with new: MasterKey) async throws {
    let entry = try #require(try await lane.journal.writer.keyringEntry("fingerprint"))
    let keyring = Vault.Keyring(
      masterKeyID: entry.masterKeyID, wrappedFingerprintKey: entry.wrapped)
    let vault = try Vault(
      master: new, keyring: keyring, journalID: Self.journalID,
      random: { lane.world.random($0) })
    let next = lane.restarted(ownCredential: .sandboxAdmin, vault: vault)
    let report = try await next.rollBack(
      SampleApp.org2Org, .version(3), digest: nil, context: EventContext(actor: .anna),
      rollbackID: lane.world.newID())
    #expect(report.outcome == .completed)
    #expect(await lane.sandbox.holds("one", for: SampleApp.org2Org))
  }

  @Test func `opens everything, and the old one nothing; no event is touched`() async throws {
    try await WriteLane.lend { lane in
      try await twoTokens(lane)
      let before = try await lane.events()
      let new = try key(9)
      let result = try await rotate(lane, to: new)
      #expect(result.count == 2 && result.isScrubbed)
      #expect(try await lane.events().dropLast() == before[...])
      let last = try await lane.events().last
      #expect(
        last?.payload
          == .secret(
            .keyRotated(KeyRotation(from: lane.vault.masterKeyID, to: new.id, count: 2))))
      await #expect(throws: RollbackRefusal.self) { try await lane.rollBack(to: .version(3)) }
      try await expectOpen(lane, with: new)
    }
  }

  @Test func `is gone on with after a cut, and by no other key`() async throws {
    try await WriteLane.lend { lane in
      try await twoTokens(lane)
      let new = try key(9)
      // As a crash leaves it: the mark, and one of two keys wrapped anew.
      try await lane.journal.writer.setKeyring([
        KeyRotator.mark: KeyringEntry(wrapped: [], masterKeyID: new.id)
      ])
      let event = try #require(
        try await lane.events().first { !$0.payload.sealedReferences.isEmpty })
      let reference = try #require(event.payload.sealedReferences.first)
      let secret = try #require(try await lane.journal.reader.sealedSecret(reference.id))
      let wrapped = try lane.vault.rewrap(
        secret, reference, of: SealedPlace(appID: SampleApp.org2Org, eventID: event.id),
        under: new)
      try await lane.journal.writer.rewrap([
        (secret.id, KeyringEntry(wrapped: wrapped, masterKeyID: new.id))
      ])
      await #expect(throws: MasterKeyFault.rotationUnfinished(newID: new.id)) {
        try await rotate(lane, to: key(8))
      }
      #expect(try await rotate(lane, to: new).count == 2)
      #expect(try await lane.journal.writer.keyringEntry(KeyRotator.mark) == nil)
      try await expectOpen(lane, with: new)
    }
  }
}
