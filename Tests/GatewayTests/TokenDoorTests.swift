import Connections
import EventStore
import Fixtures
import OktaAPI
import Testing

@Suite(.timeLimit(.minutes(5))) struct `A token at the door` {
  @Test func `is shown once, works, and is worthless after its end`() async throws {
    try await RunningGateway.lend { gateway in
      let made = try await gateway.native(
        "POST", "tokens", as: .admin, #"{"name":"Deploy","role":"operator"}"#)
      #expect(made.status == 201)
      let token = try #require(made.json?["token"]?.text)
      let id = try #require(made.json?["id"]?.text)
      #expect(made.json?["name"]?.text == "Deploy" && made.json?["role"]?.text == "operator")

      let request = ["GET \(RunningGateway.connection) HTTP/1.1", "Host: x"]
      let credential = ["Authorization: SSWS\(token)"]
      #expect(try await gateway.send(request + credential).status == 200)

      let listed = try await gateway.native("GET", "tokens", as: .admin)
      #expect(listed.text.contains(id) && !listed.text.contains(token))

      try await gateway.native("DELETE", "tokens/\(id)", as: .admin).expectEmpty()
      #expect(try await gateway.send(request + credential).status == 401)
      try await gateway.native("DELETE", "tokens/\(id)", as: .admin)
        .expectProblem(404, "token-not-known")
      let entry = try await gateway.native("GET", "tokens", as: .admin).json?["tokens"]?
        .elements?.first { $0["id"]?.text == id }
      #expect(entry?["revokedAt"]?.text != nil)
      #expect(try gateway.lane.files(with: token).isEmpty)
    }
  }

  @Test(arguments: [
    "", "{}", #"{"name":"x"}"#, #"{"role":"admin"}"#, #"{"name":"","role":"admin"}"#,
    #"{"name":"x","role":"god"}"#, #"{"name":7,"role":"admin"}"#,
    #"{"name":"x","role":"admin","role":"reviewer"}"#,
  ])
  func `is not made from half a wish`(body: String) async throws {
    try await RunningGateway.lend { gateway in
      let events = try await gateway.lane.events().count
      try await gateway.native("POST", "tokens", as: .admin, body)
        .expectProblem(400, "bad-input")
      #expect(try await gateway.lane.events().count == events)
    }
  }

  @Test func `has a name of at most 100 bytes`() async throws {
    try await RunningGateway.lend { gateway in
      for (length, status) in [(100, 201), (101, 400)] {
        let name = String(repeating: "x", count: length)
        let answer = try await gateway.native(
          "POST", "tokens", as: .admin, #"{"name":"\#(name)","role":"reviewer"}"#)
        #expect(answer.status == status)
      }
    }
  }

  @Test func `is made and ended by events that name who did it`() async throws {
    try await RunningGateway.lend { gateway in
      let before = try await gateway.lane.events().count
      let made = try await gateway.native(
        "POST", "tokens", as: .admin, #"{"name":"x","role":"reviewer"}"#)
      let id = try #require(made.json?["id"]?.text)
      _ = try await gateway.native("DELETE", "tokens/\(id)", as: .admin)
      let added = try await gateway.lane.events().dropFirst(before)
      #expect(added.map(\.payload.kind) == [.tokenCreated, .tokenRevoked])
      #expect(added.map(\.context.actor.display) == ["admin", "admin"])
    }
  }
}
