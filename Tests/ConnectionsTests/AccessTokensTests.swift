import Fixtures
import Testing

@testable import Connections

@Suite struct `The access tokens` {
  static let laptop = TokenRecord(id: .secret(1), name: "laptop", role: .reviewer, hash: "a1")
  static let server = TokenRecord(id: .secret(2), name: "server", role: .admin, hash: "b2")

  private func tokens(after payloads: [EventPayload]) -> AccessTokens {
    var tokens = AccessTokens()
    for (number, payload) in payloads.enumerated() {
      var event = EventSamples.event(payload, stream: .access)
      event.recordedAt = Story.moment(number)
      tokens.apply(event)
    }
    return tokens
  }

  @Test func `are none at first`() {
    #expect(tokens(after: []).all.isEmpty)
    #expect(tokens(after: []).valid(hash: "a1") == nil)
  }

  @Test func `are valid once created, each by its hash`() {
    let tokens = tokens(after: [.tokenCreated(Self.laptop), .tokenCreated(Self.server)])
    #expect(tokens.valid(hash: "a1") == Self.laptop)
    #expect(tokens.valid(hash: "b2") == Self.server)
    #expect(tokens.valid(hash: "") == nil)
    #expect(tokens.valid(hash: "A1") == nil)
  }

  @Test func `are invalid once revoked, and stay listed`() {
    let tokens = tokens(after: [
      .tokenCreated(Self.laptop), .tokenCreated(Self.server),
      .tokenRevoked(tokenID: Self.laptop.id),
    ])
    #expect(tokens.valid(hash: "a1") == nil)
    #expect(tokens.valid(hash: "b2") == Self.server)
    #expect(
      tokens.all[Self.laptop.id]
        == .init(
          record: Self.laptop, createdAt: Story.moment(0), revokedAt: Story.moment(2)))
    #expect(tokens.all[Self.server.id]?.revokedAt == nil)
  }

  @Test func `keep the moment of the first revocation`() {
    let revoked = EventPayload.tokenRevoked(tokenID: Self.laptop.id)
    let tokens = tokens(after: [.tokenCreated(Self.laptop), revoked, revoked])
    #expect(tokens.all[Self.laptop.id]?.revokedAt == Story.moment(1))
  }

  @Test func `are not touched by the end of an unknown token or by an export`() {
    let export = Export(definition: "changes/1", from: nil, to: nil, trueAtSize: 3)
    let tokens = tokens(after: [
      .tokenCreated(Self.laptop), .tokenRevoked(tokenID: .secret(9)), .exported(export),
    ])
    #expect(tokens.all.count == 1)
    #expect(tokens.valid(hash: "a1") == Self.laptop)
  }
}
