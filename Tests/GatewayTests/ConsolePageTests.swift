import Commands
import Connections
import Fixtures
import OktaAPI
import Sandbox
import Testing
import TransparencyLog

@Suite(.timeLimit(.minutes(5))) struct `A page of the console` {
  private static let app = SampleApp.org2Org

  /// Two tokens, a refusal with hostile words, a drift, and a doubt.
  private func lend(
    as caller: RunningGateway.Caller = .operator,
    _ body: (inout Browser, RunningGateway) async throws -> Void
  ) async throws {
    try await RunningGateway.lend { gateway in
      _ = try await gateway.update("one", query: "?activate=true")
      gateway.lane.world.advance(seconds: 86_400)
      _ = try await gateway.update("two", query: "?activate=true")
      gateway.lane.world.advance(seconds: 86_400)
      _ = try await gateway.ask(
        "POST", RunningGateway.connection,
        headers: ["Hindsight-Reason: <script>alert(1)</script> & \"more\""],
        SampleBody.token("bad-token"))
      await gateway.lane.sandbox.drift(
        SampleApp.zscaler, SandboxDrift(status: "DISABLED"))
      _ = try await gateway.ask("GET", RunningGateway.path(SampleApp.zscaler))
      var browser = Browser(gateway)
      try await browser.signIn(as: caller)
      try await body(&browser, gateway)
    }
  }

  private static let pages = [
    "/hindsight/", "/hindsight/connections/\(app)", "/hindsight/connections/\(app)/rollback",
    "/hindsight/reports", "/hindsight/log", "/hindsight/find?q=rotation", "/hindsight/signin",
    "/hindsight/changes/0192f0c1-2f3a-7bbb-8ccc-1234567890ab",
  ]

  @Test(arguments: pages)
  func `loads nothing from elsewhere and is framed by nobody`(page: String) async throws {
    try await lend { browser, _ in
      let answer = try await browser.get(page)
      let policy = try #require(answer.header("content-security-policy"))
      #expect(policy.hasPrefix("default-src 'none'; style-src 'self'; img-src 'self'"))
      #expect(policy.contains("frame-ancestors 'none'") && !policy.contains("unsafe"))
      #expect(answer.header("x-content-type-options") == "nosniff")
      #expect(answer.header("referrer-policy") == "same-origin")
      #expect(answer.header("cache-control") == "no-store")
      #expect(!answer.text.contains(" style=\"") && !answer.text.contains("<script>"))
      #expect(!answer.text.contains("src=\"http") && !answer.text.contains("href=\"http"))
    }
  }

  @Test func `that is not there says so to a person, and to a program in its own way`() async throws
  {
    try await lend { browser, gateway in
      let page = try await browser.get("/hindsight/nothing", headers: ["Accept: text/html"])
      #expect(page.status == 404)
      #expect(page.text.contains("Hindsight has no page at this address."))
      try await gateway.ask("GET", "/hindsight/nothing").expectProblem(404, "not-found")
      try await gateway.ask(
        "GET", "/hindsight/v1/nothing", headers: ["Accept: text/html"]
      ).expectProblem(404, "not-found")
    }
  }

  @Test func `has assets that may be kept for ever`() async throws {
    try await RunningGateway.lend { gateway in
      for (name, type) in [
        ("hindsight.css", "text/css"), ("console.js", "text/javascript"),
        ("icon.svg", "image/svg+xml"),
      ] {
        let answer = try await gateway.ask("GET", "/hindsight/\(name)", as: .nobody)
        #expect(answer.status == 200)
        #expect(answer.header("content-type")?.hasPrefix(type) == true)
        #expect(answer.header("cache-control")?.contains("immutable") == true)
      }
    }
  }

  @Test(arguments: RunningGateway.Caller.allCases.suffix(3))
  func `shows what changes to whoever may change`(caller: RunningGateway.Caller) async throws {
    try await lend(as: caller) { browser, gateway in
      await gateway.lane.sandbox.add(SandboxFault(.cutHead, on: .update, isApplied: true))
      let doubt = try await gateway.update("three")
      await gateway.lane.commands.drain()
      let id = try #require(doubt.header("hindsight-command-id"))
      let isChanger = caller != .reviewer
      let connection = try await browser.get("/hindsight/connections/\(Self.app)").text
      #expect(connection.contains("Roll back…") == isChanger)
      let change = try await browser.get("/hindsight/changes/\(id)").text
      #expect(change.contains("Rule on it</h2>") == isChanger)
      let plan = try await browser.get(
        "/hindsight/connections/\(Self.app)/rollback?target=version&value=3")
      #expect(plan.status == 200)
      #expect(plan.text.contains("name=\"digest\"") == isChanger)
      let overview = try await browser.get("/hindsight/").text
      #expect(overview.contains("Rule on it") == isChanger)
    }
  }

  @Test(arguments: [
    "connections/\(app)/rollback", "changes/0192f0c1-2f3a-7bbb-8ccc-1234567890ab/ruling",
    "rollbacks/0192f0c1-2f3a-7bbb-8ccc-1234567890ab/resume",
    "rollbacks/0192f0c1-2f3a-7bbb-8ccc-1234567890ab/abandon",
  ])
  func `lets a reviewer change nothing`(path: String) async throws {
    try await lend(as: .reviewer) { browser, gateway in
      let size = try await gateway.lane.events().count
      _ = try await browser.get("/hindsight/")
      let answer = try await browser.post("/hindsight/" + path, ["reason": "x"])
      #expect(answer.status == 403)
      #expect(answer.text.contains("This needs the role operator. Nothing was done."))
      let added = try await gateway.lane.events().dropFirst(size)
      #expect(added.map(\.denial?.needed) == [.operator])
    }
  }

  @Test func `shows a caller's words as words`() async throws {
    try await lend { browser, _ in
      let page = try await browser.get("/hindsight/connections/\(Self.app)").text
      #expect(page.contains("&lt;script&gt;alert(1)&lt;/script&gt; &amp; &quot;more&quot;"))
      #expect(!page.contains("<script>alert"))
      let sought = "%3Cimg+src%3Dx%3E"
      let found = try await browser.get("/hindsight/find?q=\(sought)").text
      #expect(found.contains("&lt;img src=x&gt;") && !found.contains("<img src=x>"))
    }
  }

  @Test(arguments: [
    "connections/\(app)/rollback", "changes/0192f0c1-2f3a-7bbb-8ccc-1234567890ab/ruling",
    "rollbacks/0192f0c1-2f3a-7bbb-8ccc-1234567890ab/resume",
  ])
  func `does not lose what was written in a form that it refuses`(path: String) async throws {
    try await lend(as: .operator) { browser, gateway in
      _ = try await browser.get("/hindsight/")
      let size = try await gateway.lane.events().count
      let reason = "the vendor's \"new\" token " + String(repeating: "ü", count: 1_000)
      let answer = try await browser.post(
        "/hindsight/" + path, ["digest": "d", "verdict": "applied", "reason": reason])
      #expect(answer.status == 400)
      #expect(answer.text.contains("the vendor&#39;s &quot;new&quot; token üüü"))
      #expect(try await gateway.lane.events().count == size)
    }
  }

  /// A connection that was read and never changed has the oldest token.
  @Test func `names the connection whose token may be the oldest`() async throws {
    try await RunningGateway.lend { gateway in
      _ = try await gateway.ask("GET", RunningGateway.path(SampleApp.zscaler))
      var browser = Browser(gateway)
      try await browser.signIn(as: .reviewer)
      let page = try await browser.get("/hindsight/").text
      #expect(page.contains("\(SampleApp.zscaler)</a>, and may be older"))
      #expect(!page.contains("Markup("))
    }
  }

  @Test func `of a rollback shows a caller's words as words`() async throws {
    try await lend { browser, gateway in
      let begun = try await gateway.native(
        "POST", "connections/\(Self.app)/rollback", as: .operator,
        #"{"to":"previous","reason":"<h1>Approved</h1>","ticket":"<a href=x>1</a>"}"#)
      let id = try #require(begun.json?["rollbackId"]?.text)
      let page = try await browser.get("/hindsight/rollbacks/\(id)").text
      #expect(page.contains("&lt;h1&gt;Approved&lt;/h1&gt;</dd>"), "\(page)")
      #expect(page.contains("&lt;a href=x&gt;1&lt;/a&gt;</dd>"))
      #expect(!page.contains("<h1>Approved") && !page.contains("<a href=x>"))
    }
  }

  @Test(arguments: [
    "/hindsight/?foo=1", "/hindsight/log?at=1", "/hindsight/connections/\(app)/rollback?to=1",
    "/hindsight/find?text=1",
  ])
  func `takes no parameter that it does not know`(page: String) async throws {
    try await lend { browser, _ in
      let answer = try await browser.get(page)
      #expect(answer.status == 400)
      #expect(answer.text.contains("There is no parameter"))
    }
  }

  @Test func `says first what needs a person`() async throws {
    try await lend { browser, gateway in
      let calm = try await browser.get("/hindsight/").text
      #expect(calm.contains("<h1 id=\"h-att\">"))
      await gateway.lane.sandbox.add(SandboxFault(.cutHead, on: .update, isApplied: true))
      _ = try await gateway.update("three")
      await gateway.lane.commands.drain()
      let page = try await browser.get("/hindsight/").text
      #expect(page.contains("wait for a person") || page.contains("waits for a person"))
      #expect(page.contains("In doubt"))
      let size = try await gateway.lane.events().count
      #expect(page.contains("True at index <b>\(size - 1)</b>"))
    }
  }

  @Test func `says what to do first when nothing is recorded`() async throws {
    try await RunningGateway.lend { gateway in
      var browser = Browser(gateway)
      try await browser.signIn(as: .reviewer)
      let page = try await browser.get("/hindsight/").text
      #expect(page.contains("No connection has been recorded yet"))
      #expect(page.contains("Do this first"))
    }
  }

  @Test(arguments: [
    ("?asOf=2099-01-01T00:00:00Z", 400, "asOf is in the future"),
    ("?asOf=999999999", 400, "asOf is index 999999999"),
    ("connections/\(app)?from=9&to=2020-01-01", 400, "A is after B"),
    ("connections/\(app)?asOf=999999999", 400, "asOf is index 999999999"),
    ("connections/\(app)/rollback?target=asOf&value=2099-01-01", 400, "asOf is in the future"),
    ("?asOf=yesterday", 400, "asOf must be a time"), ("?mark=odd", 400, "mark is none"),
    ("?sort=odd", 400, "sort is none"), ("?olderThanDays=many", 400, "must be a number of days"),
    ("connections/\(app)?from=5&amp;to=2".replacing("&amp;", with: "&"), 400, "A is after B"),
    ("?scheme=odd", 400, "scheme is none"), ("?status=odd", 400, "status is none"),
    ("connections/\(app)?knew=odd", 400, "knew must be then or so"),
    ("connections/\(app)?asOf=0&knew=so", 400, "Nothing was known yet at index 0"),
    ("connections/\(app)?asOf=0", 404, "nothing was recorded of this connection yet"),
    ("connections/0oaNOWHERE", 404, "came through Hindsight"),
    ("changes/0192f0c1-2f3a-7bbb-8ccc-1234567890ab", 404, "is recorded"),
    ("reports?name=odd", 404, "There is no report called odd"),
    ("reports?name=changes&from=2026-02-30", 400, "from must be a time"),
    ("reports?name=sample&n=0", 400, "n must be a number"),
    ("connections/\(app)/rollback?target=version&value=x", 400, "no target of a rollback"),
    ("connections/\(app)/rollback?target=version&value=999", 404, "no such point"),
    ("find?q=a%00", 400, "none with a NUL"),
    ("find?q=" + String(repeating: "x", count: 201), 400, "at most 200 bytes"),
  ])
  func `answers what it cannot take with a sentence`(
    target: String, status: Int, sentence: String
  ) async throws {
    try await lend { browser, _ in
      let answer = try await browser.get("/hindsight/" + target)
      #expect(answer.status == status, "\(answer.text.prefix(400))")
      #expect(answer.text.contains(sentence), "\(target)")
      #expect(answer.text.contains("<h1"))
    }
  }
}

extension `A page of the console` {
  @Test func `of reports takes the present for a point that nobody chose`() async throws {
    try await lend { browser, gateway in
      for query in ["name=state-as-of", "name=state-as-of&asOf=now", "name=current-state"] {
        let page = try await browser.get("/hindsight/reports?" + query)
        #expect(page.status == 200)
        #expect(page.text.contains(SampleApp.org2Org.description), "\(query)")
      }
      let page = try await browser.get("/hindsight/reports?name=state-as-of").text
      let point = try #require(page.firstMatch(of: /name="asOf" value="([^"]+)">/)).output.1
      gateway.lane.world.advance(seconds: 60)
      let file = try await browser.post(
        "/hindsight/reports",
        ["name": "state-as-of", "asOf": String(point), "format": "csv"])
      #expect(file.text.contains(SampleApp.org2Org.description))
      // What was made is found again with all that it was made of.
      _ = try await browser.get("/hindsight/reports?name=sample")
      _ = try await browser.post(
        "/hindsight/reports",
        ["name": "sample", "asOf": "9", "n": "3", "seed": "77", "format": "csv"])
      let made = try await browser.get("/hindsight/reports").text
      #expect(
        made.contains("/hindsight/reports?name=sample&amp;asOf=9&amp;n=3&amp;seed=77")
          || made.contains("/hindsight/reports?name=sample&asOf=9&n=3&seed=77"))
    }
  }

  @Test func `of an app that Okta does not know tells what was asked of it`() async throws {
    try await lend { browser, gateway in
      let answer = try await gateway.ask(
        "POST", RunningGateway.path(SampleApp.nowhere), headers: ["Hindsight-Reason: a try"],
        SampleBody.token("x"))
      #expect(answer.status == 404)
      let page = try await browser.get("/hindsight/connections/\(SampleApp.nowhere)")
      #expect(page.status == 200 && page.text.contains("No state of "))
      #expect(page.text.contains("a try"))
      let none = try await browser.get("/hindsight/connections/0oaNEVER")
      #expect(none.status == 404 && !none.text.contains("Nothing recorded yet"))
    }
  }

  @Test func `tells what was so where the slider stands`() async throws {
    try await lend { browser, gateway in
      let index = try #require(try await gateway.lane.events(of: SampleApp.org2Org).last?.index)
      let page = try await browser.get(
        "/hindsight/connections/\(SampleApp.org2Org)?asOf=\(index)&knew=so")
      #expect(page.status == 200 && page.text.contains("What was so at "), "\(page.status)")
    }
  }

  @Test func `says on the overview what a drift changed`() async throws {
    try await lend { browser, gateway in
      await gateway.lane.sandbox.drift(SampleApp.org2Org, SandboxDrift(status: "DISABLED"))
      _ = try await gateway.ask("GET", RunningGateway.path(SampleApp.org2Org))
      let page = try await browser.get("/hindsight/").text
      #expect(page.contains("status became DISABLED outside Hindsight"), "\(page)")
    }
  }

  @Test func `beyond the last one of the overview is the last one`() async throws {
    try await lend { browser, _ in
      let page = try await browser.get("/hindsight/?page=999")
      #expect(page.status == 200)
      #expect(page.text.contains("Connections, 1 to 2 of 2"))
    }
  }

  @Test func `of a change shows a proof of each signed event, and of no other`() async throws {
    try await lend { browser, gateway in
      let answer = try await gateway.update("three")
      let id = try #require(answer.header("hindsight-command-id"))
      let before = try await browser.get("/hindsight/changes/\(id)").text
      #expect(before.contains("not signed yet") && !before.contains("proved, of size"))
      let events = try await gateway.lane.events()
      let last = try #require(events.last { $0.context.commandID?.description == id }).index
      try await gateway.native("GET", "log/proof/\(last)")
        .expectProblem(404, "nothing-signed")

      #expect(try await browser.get("/hindsight/log").text.contains("None is asked."))
      let checkpoint = try #require(try await gateway.sign())
      let after = try await browser.get("/hindsight/changes/\(id)").text
      let size = checkpoint.checkpoint.size
      #expect(after.contains("proved, of size \(size)") && !after.contains("not signed yet"))
      #expect(after.contains(checkpoint.checkpoint.root.description))
      #expect(after.contains("/hindsight/log/proof/\(last)"))

      for file in [
        try await gateway.native("GET", "log/proof/\(last)"),
        try await browser.get("/hindsight/log/proof/\(last)"),
      ] {
        #expect(file.status == 200)
        #expect(file.header("content-disposition")?.contains("\(last).tlog-proof") == true)
        #expect(try gateway.check(proof: file.body, checkpoint) == last)
      }
      try await gateway.native("GET", "log/proof/99999").expectProblem(404, "event-not-signed")
      try await gateway.native("GET", "log/proof/1", as: .stranger)
        .expectProblem(401, "no-valid-token")
    }
  }
}
