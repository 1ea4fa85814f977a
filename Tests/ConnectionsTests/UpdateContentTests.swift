import Testing

@testable import Connections

@Suite struct `The content of an update` {
  static let content = UpdateContent(
    authScheme: "OAUTH2", baseURL: "https://scim.example/1", clientID: "0oaS",
    rotationMode: "AUTO", adminUsername: "svc",
    token: SecretReference(id: .secret(1), field: .token, fingerprint: "f1", commitment: "c1"),
    adminPassword: SecretReference(
      id: .secret(2), field: .adminPassword, fingerprint: "f2", commitment: "c2"),
    activate: false, unknownFields: ["new"])

  @Test func `is the same however it is activated and wherever its secrets lie`() {
    var other = Self.content
    other.activate = true
    other.token?.id = .secret(3)
    other.token?.commitment = "c3"
    other.adminPassword?.id = .secret(4)
    other.adminPassword?.commitment = "c4"
    #expect(Self.content.sets(sameAs: other))
    #expect(Self.content != other)
  }

  @Test func `is another when any part of it differs`() {
    let changes: [(inout UpdateContent) -> Void] = [
      { $0.authScheme = "TOKEN" }, { $0.baseURL = nil }, { $0.clientID = "0oaT" },
      { $0.rotationMode = "MANUAL" }, { $0.adminUsername = nil },
      { $0.token?.fingerprint = "f9" }, { $0.token = nil },
      { $0.adminPassword?.fingerprint = "f9" }, { $0.adminPassword = nil },
      { $0.unknownFields = [] },
    ]
    for (number, change) in changes.enumerated() {
      var other = Self.content
      change(&other)
      #expect(!Self.content.sets(sameAs: other), "change \(number)")
      #expect(!other.sets(sameAs: Self.content), "change \(number)")
    }
  }

  @Test func `lists its secrets`() {
    #expect(Self.content.secrets.map(\.fingerprint) == ["f1", "f2"])
    #expect(UpdateContent().secrets.isEmpty)
  }
}
