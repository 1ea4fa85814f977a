import Testing

@testable import Connections

@Suite struct `A snapshot of a connection` {
  static let stories: [Story] = [
    Story(),
    .telling { $0.baseline(.unsupported) },
    .telling { $0.carryOut(.update(.token("f1")), after: .plain) },
    .telling { $0.carryOut(.update(.token("f1")), after: nil) },
    .telling {
      $0.carryOut(.update(.service), after: .service.on)
      $0.drift(to: .service)
    },
    .telling {
      $0.baseline(.plain)
      $0.drift(to: .elsewhere)
      $0.leaveInDoubt(.update(.token("f2")))
      $0.leaveInDoubt(.activate)
    },
  ]

  @Test(arguments: stories)
  func `comes back from its bytes`(story: Story) throws {
    let snapshot = ConnectionSnapshot(try story.connection)
    let bytes = snapshot.canonicalBytes
    let read = try bytes.withUnsafeBytes { try ConnectionSnapshot(canonicalBytes: $0) }
    #expect(read == snapshot)
    #expect(read.canonicalBytes == bytes)
  }

  @Test func `tells what is known and no reference to a secret`() throws {
    var story = Story()
    story.baseline(.plain)
    story.carryOut(.update(.token("f1")), after: .plain.on)
    let doubt = story.leaveInDoubt(.deactivate)
    let snapshot = ConnectionSnapshot(try story.connection)
    #expect(snapshot.state == .plain.on)
    #expect(snapshot.credentialKind == .recorded)
    #expect(snapshot.credentialVersion == 3)
    #expect(snapshot.fingerprint == "f1")
    #expect(snapshot.isCredentialCertain)
    #expect(!snapshot.isUnconfirmed)
    #expect(snapshot.doubts == [doubt])
    let text = String(decoding: snapshot.canonicalBytes, as: UTF8.self)
    #expect(!text.contains(UUIDv7.secret(1).description))
  }

  @Test func `falls back to the administrator's password`() throws {
    let content = UpdateContent(
      authScheme: "OAUTH2", adminUsername: "svc",
      adminPassword: SecretReference(
        id: .secret(1), field: .adminPassword, fingerprint: "fp", commitment: "c"))
    let story = Story.telling { $0.carryOut(.update(content), after: .consent) }
    #expect(ConnectionSnapshot(try story.connection).fingerprint == "fp")
  }

  @Test func `has no fingerprint of what was set elsewhere`() throws {
    let story = Story.telling {
      $0.carryOut(.update(.token("f1")), after: .plain)
      $0.drift(to: .elsewhere)
    }
    let snapshot = ConnectionSnapshot(try story.connection)
    #expect(snapshot.credentialKind == .changedElsewhere)
    #expect(snapshot.credentialVersion == 3)
    #expect(snapshot.fingerprint == nil)
    #expect(!snapshot.isCredentialCertain)
  }

  @Test func `with a doubt that is no id is not read`() throws {
    let story = Story.telling { $0.leaveInDoubt(.activate) }
    let snapshot = ConnectionSnapshot(try story.connection)
    let text = String(decoding: snapshot.canonicalBytes, as: UTF8.self)
    let damaged = text.replacing(snapshot.doubts[0].description, with: "no-id")
    #expect(throws: EventFault.unknownWord(field: "doubts", word: "no-id")) {
      try Array(damaged.utf8).withUnsafeBytes { try ConnectionSnapshot(canonicalBytes: $0) }
    }
  }
}

@Suite struct `A selection of events` {
  static let event = EventSamples.event(.resolved(Resolution(verdict: .applied)))

  @Test(arguments: [
    (EventSelection(limit: 1), true),
    (EventSelection(appID: Story.app, limit: 1), true),
    (EventSelection(appID: AppID(recorded: "0oaOTHER"), limit: 1), false),
    (EventSelection(commandID: .command(1), limit: 1), true),
    (EventSelection(commandID: .command(2), limit: 1), false),
    (EventSelection(actor: "Anna", limit: 1), true),
    (EventSelection(actor: "0192f0c1-2f3a-7bbb-8ccc-1234567890ab", limit: 1), true),
    (EventSelection(actor: "anna", limit: 1), false),
    (EventSelection(type: .resolved, limit: 1), true),
    (EventSelection(type: .intended, limit: 1), false),
    (EventSelection(from: Story.moment(60), limit: 1), true),
    (EventSelection(from: Story.moment(61), limit: 1), false),
    (EventSelection(to: Story.moment(61), limit: 1), true),
    (EventSelection(to: Story.moment(60), limit: 1), false),
    (EventSelection(after: 40, limit: 1), true),
    (EventSelection(after: 41, limit: 1), false),
    (EventSelection(appID: Story.app, type: .intended, limit: 1), false),
  ])
  func `takes what meets each of its conditions`(selection: EventSelection, takes: Bool) {
    #expect(selection.matches(Self.event) == takes)
  }
}
