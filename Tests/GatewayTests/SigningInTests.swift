import Commands
import Connections
import Fixtures
import Gateway
import Testing

@Suite(.timeLimit(.minutes(5))) struct `Signing in to the console` {
  @Test func `shows nothing to a stranger but the way in, and leads back`() async throws {
    try await RunningGateway.lend { gateway in
      var browser = Browser(gateway)
      let page = try await browser.get("/hindsight/reports?name=doubts")
      #expect(page.status == 303)
      #expect(
        page.header("location") == "/hindsight/signin?then=%2Fhindsight%2Freports%3Fname%3Ddoubts")
      let way = try await browser.get(page.header("location") ?? "")
      #expect(way.status == 200)
      #expect(way.text.contains("Sign in to"))
      #expect(!way.text.contains("Sign out"))
      let entered = try await browser.post(
        "/hindsight/signin",
        ["token": gateway.token(of: .reviewer), "then": "/hindsight/reports?name=doubts"])
      #expect(entered.status == 303)
      #expect(entered.header("location") == "/hindsight/reports?name=doubts")
      #expect(try await browser.get("/hindsight/").text.contains("reviewer"))
    }
  }

  @Test func `keeps no token in the browser, and the session out of reach`() async throws {
    var setup = RunningGateway.Setup()
    setup.publicOrigin = "https://hindsight.example"
    try await RunningGateway.lend(setup) { gateway in
      var browser = Browser(gateway)
      _ = try await browser.get("/hindsight/signin")
      let answer = try await browser.post(
        "/hindsight/signin", ["token": gateway.token(of: .operator)])
      let cookie = try #require(
        answer.all("set-cookie").first { $0.hasPrefix("hindsight_session=") })
      for part in ["; Path=/hindsight", "; HttpOnly", "; SameSite=Strict", "; Secure"] {
        #expect(cookie.contains(part), "\(part)")
      }
      #expect(!cookie.contains(gateway.token(of: .operator)))
      #expect(answer.header("strict-transport-security") != nil)
    }
  }

  @Test(arguments: ["", "hst_nonsense", "00sandboxAdminToken"])
  func `takes a valid Hindsight token alone`(token: String) async throws {
    try await RunningGateway.lend { gateway in
      var browser = Browser(gateway)
      _ = try await browser.get("/hindsight/signin")
      let answer = try await browser.post("/hindsight/signin", ["token": token])
      #expect(answer.status == 401)
      #expect(answer.text.contains("This is no valid Hindsight token. Nobody was signed in."))
      #expect(try await browser.get("/hindsight/").status == 303)
    }
  }

  @Test(arguments: [
    "https://elsewhere.example/", "//elsewhere.example/", "/hindsight/v1/events",
    "/hindsight/../api/v1/users", "/api/v1/users", "javascript:alert(1)",
  ])
  func `sends nobody elsewhere`(then: String) async throws {
    try await RunningGateway.lend { gateway in
      var browser = Browser(gateway)
      _ = try await browser.get("/hindsight/signin")
      let answer = try await browser.post(
        "/hindsight/signin", ["token": gateway.token(of: .reviewer), "then": then])
      #expect(answer.header("location") == "/hindsight/")
    }
  }

  @Test func `ends with the session's age, with signing out, and with the token`() async throws {
    try await RunningGateway.lend { gateway in
      var browser = Browser(gateway)
      try await browser.signIn(as: .admin)
      #expect(try await browser.get("/hindsight/").status == 200)
      gateway.lane.world.advance(seconds: 8 * 3600)
      let ended = try await browser.get("/hindsight/")
      #expect(ended.header("location") == "/hindsight/signin?then=%2Fhindsight%2F&ended=true")
      let told = try await browser.get(ended.header("location") ?? "")
      #expect(told.text.contains("Your session ended."))

      try await browser.signIn(as: .admin)
      let before = browser
      _ = try await browser.get("/hindsight/")
      #expect(try await browser.post("/hindsight/signout", [:]).status == 303)
      // Whoever kept the cookie has nothing.
      var thief = before
      #expect(try await thief.get("/hindsight/").status == 303)

      try await browser.signIn(as: .reviewer)
      #expect(try await browser.get("/hindsight/").status == 200)
      let reviewer = try #require(
        await gateway.lane.access.all.first { $0.record.name == "reviewer" })
      _ = try await gateway.lane.access.revoke(
        reviewer.record.id, context: EventContext(actor: .anna))
      #expect(try await browser.get("/hindsight/").status == 303)
    }
  }

  @Test func `is not over when a minute's requests are used up`() async throws {
    var setup = RunningGateway.Setup()
    setup.limits = GatewayLimits(requestsPerMinute: 3)
    try await RunningGateway.lend(setup) { gateway in
      var browser = Browser(gateway)
      try await browser.signIn(as: .reviewer)
      #expect(try await browser.get("/hindsight/log").status == 200)
      #expect(try await browser.get("/hindsight/log").status == 200)
      for _ in 0..<2 {
        let over = try await browser.get("/hindsight/log")
        #expect(over.status == 429)
        #expect(over.text.contains("Your token has asked for too much in this minute."))
        #expect(over.header("x-rate-limit-limit") == "3")
        #expect(over.header("x-rate-limit-remaining") == "0")
        #expect(over.header("x-rate-limit-reset").flatMap { Int($0) } != nil)
      }
      gateway.lane.world.advance(seconds: 60)
      #expect(try await browser.get("/hindsight/log").status == 200)
    }
  }

  @Test func `says to a form of an ended session that nothing was done`() async throws {
    try await RunningGateway.lend { gateway in
      _ = try await gateway.update("one")
      var browser = Browser(gateway)
      try await browser.signIn(as: .operator)
      let path = "/hindsight/connections/\(SampleApp.org2Org)/rollback"
      _ = try await browser.get(path)
      browser.forget("hindsight_session")
      let answer = try await browser.post(path, ["target": "previous", "reason": "It & I"])
      #expect(answer.status == 401)
      #expect(answer.text.contains("Nothing was done."))
      // What was written is kept, and the way back to the form.
      #expect(answer.text.contains(">It &amp; I</pre>"))
      let way = path.replacing("/", with: "%2F")
      #expect(answer.text.contains("href=\"/hindsight/signin?then=\(way)\""))
    }
  }
}

extension `Signing in to the console` {
  @Suite(.timeLimit(.minutes(5))) struct `A forged form` {
    private func rollback(
      _ change: (inout Browser, String) async throws -> RawAnswer
    ) async throws {
      try await RunningGateway.lend { gateway in
        _ = try await gateway.update("one", query: "?activate=true")
        _ = try await gateway.update("two", query: "?activate=true")
        var browser = Browser(gateway)
        try await browser.signIn(as: .operator)
        let path = "/hindsight/connections/\(SampleApp.org2Org)/rollback"
        _ = try await browser.get(path)
        let size = try await gateway.lane.events().count
        let answer = try await change(&browser, path)
        #expect(answer.status == 403)
        #expect(answer.text.contains("The form was not one that this session was given."))
        #expect(try await gateway.lane.events().count == size)
      }
    }

    @Test func `without the session's own secret does nothing`() async throws {
      try await rollback { browser, path in
        try await browser.post(
          path, ["target": "previous"], csrf: String(repeating: "0", count: 64))
      }
    }

    @Test(arguments: [
      "Origin: https://elsewhere.example", "Origin: null", "Sec-Fetch-Site: cross-site",
      "Sec-Fetch-Site: same-site",
    ])
    func `from another site does nothing, even with it`(header: String) async throws {
      try await rollback { browser, path in
        try await browser.post(path, ["target": "previous"], headers: [header])
      }
    }
  }
}
