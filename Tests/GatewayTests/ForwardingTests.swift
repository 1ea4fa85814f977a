import Connections
import Fixtures
import NIOCore
import OktaAPI
import Sandbox
import Testing

@Suite(.timeLimit(.minutes(5))) struct `Any other path of Okta's` {
  private static let megabytes = String(
    repeating: "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcd\r\n", count: 1 << 16)

  @Test(arguments: [true, false])
  func `passes through whole, both ways`(chunked: Bool) async throws {
    try await RunningGateway.lend { gateway in
      let text = Self.megabytes
      let length = chunked ? "Transfer-Encoding: chunked" : "Content-Length: \(text.utf8.count)"
      let body = chunked ? Self.chunks(text) : text
      let answer = try await gateway.send(
        [
          "POST /api/v1/echo HTTP/1.1", "Host: x", "Content-Type: text/plain", length,
          "Authorization: SSWS \(gateway.token(of: .operator))",
        ], body)
      #expect(answer.status == 200)
      #expect(answer.header("content-type") == "text/plain")
      #expect(answer.body.count == text.utf8.count)
      #expect(answer.text == text)
    }
  }

  private static func chunks(_ text: String) -> String {
    var out = ""
    var rest = text[...]
    while !rest.isEmpty {
      let part = rest.prefix(50_000)
      out += String(part.utf8.count, radix: 16) + "\r\n" + part + "\r\n"
      rest = rest.dropFirst(50_000)
    }
    return out + "0\r\n\r\n"
  }

  @Test func `streams: the beginning comes back before the end was sent`() async throws {
    try await RunningGateway.lend { gateway in
      let head = [
        "POST /api/v1/echo HTTP/1.1", "Host: x", "Transfer-Encoding: chunked",
        "Authorization: SSWS \(gateway.token(of: .operator))",
      ].joined(separator: "\r\n")
      let socket = try await RawSocket.connect(to: gateway.port)
      try await socket.executeThenClose { inbound, outbound in
        try await outbound.write(ByteBuffer(string: head + "\r\n\r\n5\r\nfirst\r\n"))
        var heard = ""
        var isFirstBack = false
        for try await part in inbound {
          heard += String(buffer: part)
          if !isFirstBack, heard.contains("first") {
            isFirstBack = true
            try await outbound.write(ByteBuffer(string: "4\r\nlast\r\n0\r\n\r\n"))
          }
          if heard.hasSuffix("0\r\n\r\n") { break }
        }
        #expect(heard.contains("last"))
      }
    }
  }

  @Test func `gets the client's headers, but for those of this hop and our own`() async throws {
    try await RunningGateway.lend { gateway in
      let answer = try await gateway.ask(
        "POST", "/api/v1/echo",
        headers: [
          "User-Agent: okta-sdk-golang/5.0.0", "Accept-Language: de", "X-Future: 1",
          "Connection: keep-alive, X-Per-Hop", "X-Per-Hop: 1", "Keep-Alive: 5", "TE: trailers",
          "Proxy-Authorization: Basic Og==", "Proxy-Connection: keep-alive", "Hindsight-Reason: x",
          "Hindsight-Ticket: y", "X-Forwarded-For: 192.0.2.1", "Forwarded: for=192.0.2.1",
          "X-HTTP-Method-Override: DELETE",
        ], "{}")
      let names = Set(
        (answer.header("x-echo-headers") ?? "").split(separator: ",").map(String.init))
      #expect(
        names == [
          "accept-language", "authorization", "content-length", "content-type", "host",
          "user-agent", "x-future",
        ])
    }
  }

  @Test func `is called with Hindsight's credential and its own host`() async throws {
    let script = ScriptedOkta.answer(200, ["Content-Type: application/json"], "{}")
    try await ScriptedOkta.lend { _ in
      script
    } _: { okta in
      var setup = RunningGateway.Setup()
      setup.lane.origin = okta.origin
      try await RunningGateway.lend(setup) { gateway in
        let target = "/api/v1/users?filter=profile.login+eq+%22a%40b%22&limit=2"
        #expect(try await gateway.ask("GET", target).status == 200)
        let sent = try #require(okta.requests.first)
        #expect(sent.hasPrefix("GET \(target) HTTP/1.1\r\n"))
        let lines = sent.lowercased().split(separator: "\r\n")
        #expect(lines.filter { $0.hasPrefix("host:") } == ["host: \(okta.origin.dropFirst(7))"])
        #expect(
          lines.filter { $0.hasPrefix("authorization:") } == [
            "authorization: ssws 00sandboxadmintoken"
          ])
      }
    }
  }

  @Test(arguments: ["/.well-known/okta-organization", "/oauth2/v1/token"])
  func `that needs no credential of ours gets none`(target: String) async throws {
    let script = ScriptedOkta.answer(200, ["Content-Type: application/json"], "{}")
    try await ScriptedOkta.lend { _ in
      script
    } _: { okta in
      var setup = RunningGateway.Setup()
      setup.lane.origin = okta.origin
      try await RunningGateway.lend(setup) { gateway in
        for caller in [RunningGateway.Caller.nobody, .operator, .admin] {
          #expect(try await gateway.ask("GET", target, as: caller).status == 200)
        }
        #expect(okta.requests.count == 3)
        #expect(okta.requests.allSatisfy { !$0.lowercased().contains("authorization") })
        // Who proves himself to Okta does so through us, too.
        let own = ["GET \(target) HTTP/1.1", "Host: x", "Authorization: Bearer eyJ.own"]
        _ = try await gateway.send(own)
        #expect(okta.requests.last?.lowercased().contains("authorization: bearer eyj.own") == true)
      }
    }
  }

  /// A client of OAuth 2.0 proves itself by HTTP Basic, and schemes are added.
  @Test(arguments: [true, false], ["Basic Y2xpZW50OnNlY3JldA==", "Basic %%%", "Future a=\"b\""])
  func `that proves itself to Okta does so in any scheme`(
    relays: Bool, header: String
  ) async throws {
    let script = ScriptedOkta.answer(200, ["Content-Type: application/json"], "{}")
    try await ScriptedOkta.lend { _ in
      script
    } _: { okta in
      var setup = RunningGateway.Setup()
      setup.relays = relays
      setup.lane.origin = okta.origin
      try await RunningGateway.lend(setup) { gateway in
        func post(_ headers: [String]) async throws -> String {
          let head = ["POST /oauth2/v1/token HTTP/1.1", "Host: x", "Content-Length: 0"]
          #expect(try await gateway.send(head + headers).status == 200)
          return try #require(okta.requests.last)
        }
        let sent = try await post(["Authorization: \(header)"])
        #expect(sent.contains("\r\nauthorization: \(header)\r\n"), "\(sent)")
        // Of two nobody knows which one counts.
        let two = try await post(["Authorization: \(header)", "Authorization: Basic eDp5"])
        #expect(!two.lowercased().contains("authorization"))
      }
    }
  }

  @Test func `leaves nothing in the journal`() async throws {
    try await RunningGateway.lend { gateway in
      let before = try await gateway.lane.events().count
      #expect(try await gateway.ask("GET", "/api/v1/users/me").status == 200)
      #expect(try await gateway.ask("GET", "/api/v1/apps").status == 200)
      #expect(try await gateway.ask("HEAD", "/api/v1/apps").status == 200)
      #expect(try await gateway.ask("GET", "/api/v1/nowhere").errorCode == "E0000008")
      #expect(try await gateway.lane.events().count == before)
    }
  }

  @Test func `that is none of Okta's is not asked of Okta`() async throws {
    try await RunningGateway.lend { gateway in
      for target in ["/sandbox/state", "/api/v2/x", "/API/v1/users/me", "/admin", "/api/v1/../x"] {
        try await gateway.ask("GET", target).expectEnvelope(404, "E0000008")
      }
      #expect(await gateway.lane.sandbox.allCalls == 0)
    }
  }

  @Test func `that breaks off is told honestly`() async throws {
    try await RunningGateway.lend { gateway in
      // Read again, it can do no harm; sent again, it might.
      for (method, target, status, code) in [
        ("GET", "/api/v1/users/me", 503, "E0000181"), ("POST", "/api/v1/x", 500, "E0000009"),
      ] {
        await gateway.lane.sandbox.add(SandboxFault(.cutHead, on: .other))
        try await gateway.ask(method, target).expectEnvelope(status, code)
      }
    }
    var setup = RunningGateway.Setup()
    setup.lane.origin = "http://127.0.0.1:1"
    try await RunningGateway.lend(setup) { gateway in
      let answer = try await gateway.ask("GET", "/api/v1/users/me")
      answer.expectEnvelope(503, "E0000181")
      answer.expectRetryHeaders()
    }
  }

  @Test func `keeps what Okta compressed as it is`() async throws {
    let script = ScriptedOkta.answer(
      200, ["Content-Type: application/json", "Content-Encoding: gzip"], "not really gzip")
    try await ScriptedOkta.lend { _ in
      script
    } _: { okta in
      var setup = RunningGateway.Setup()
      setup.lane.origin = okta.origin
      try await RunningGateway.lend(setup) { gateway in
        let answer = try await gateway.ask(
          "GET", "/api/v1/users/me", headers: ["Accept-Encoding: gzip"])
        #expect(answer.header("content-encoding") == "gzip")
        #expect(answer.text == "not really gzip")
        #expect(okta.requests.first?.lowercased().contains("accept-encoding: gzip") == true)
      }
    }
  }
}
