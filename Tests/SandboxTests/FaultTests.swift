import Connections
import OktaAPI
import Testing

@testable import Sandbox

@Suite struct `A fault` {
  let sandbox = SandboxOrganisation()

  private func set(_ fault: String) async {
    let answer = await sandbox.ask("POST", "/sandbox/faults", fault)
    #expect(answer.status == 200, "\(answer.text)")
  }

  private func holdsToken() async -> Bool { await sandbox.token(ofApp: App.id(App.org2Org)) != nil }

  @Test(
    arguments: [
      (#""fault":"status","status":500"#, "500 E0000009"),
      (#""fault":"status","status":502"#, "502 E0000009"),
      (#""fault":"status","status":503"#, "503 E0000181"),
      (#""fault":"status","status":504"#, "504 E0000009"),
      (#""fault":"forbidden""#, "403 E0000006"), (#""fault":"rateLimit""#, "429 E0000047"),
      (#""fault":"rateLimitWithoutHeaders""#, "429 E0000047"), (#""fault":"notJSON""#, "200"),
      (#""fault":"empty""#, "200"), (#""fault":"cutHead""#, "500"), (#""fault":"cutBody""#, "200"),
      (#""fault":"reset""#, "500"), (#""fault":"cutHeaders""#, "200"),
      (#""fault":"latency","milliseconds":1"#, "200"),
    ], [false, true])
  func `comes before the effect or after it, and goes away`(
    fault: (words: String, outcome: String), applied: Bool
  ) async {
    await set("{\(fault.words),\"operation\":\"update\",\"applied\":\(applied)}")
    let answer = await sandbox.update(App.org2Org, Body.token("one"))
    #expect(answer.outcome == fault.outcome)
    // Latency delays a call and does not stop it.
    #expect(await holdsToken() == (applied || fault.words.contains("latency")))
    let next = await sandbox.update(App.org2Org, Body.token("two"))
    #expect(next.outcome == "200")
    #expect(await holdsToken())
  }

  @Test func `strikes the calls it is meant for, as often as it is meant to`() async {
    await set(
      #"{"fault":"status","status":503,"operation":"get","appId":"\#(App.zscaler)","skip":2,"#
        + #""times":2}"#)
    #expect(await sandbox.update(App.zscaler, Body.token("one")).status == 200)
    #expect(await sandbox.ask("GET", App.path(App.org2Org)).status == 200)
    var seen: [Int] = []
    for _ in 1...5 { seen.append(await sandbox.ask("GET", App.path(App.zscaler)).status) }
    #expect(seen == [200, 200, 503, 503, 200])
  }

  @Test(arguments: [
    (400, "400 E0000001"), (401, "401 E0000011"), (403, "403 E0000006"), (404, "404 E0000008"),
    (405, "405 E0000022"), (409, "409 E0000195"), (422, "422 E0000001"), (429, "429 E0000047"),
  ])
  func `of a status has the code that Okta gives it`(status: Int, outcome: String) async {
    await set("{\"fault\":\"status\",\"status\":\(status)}")
    #expect(await sandbox.update(App.org2Org, Body.token("one")).outcome == outcome)
  }

  @Test func `that strikes before the body is never one after the effect`() async {
    let answer = await sandbox.ask(
      "POST", "/sandbox/faults", #"{"fault":"resetEarly","applied":true}"#)
    #expect(answer.outcome == "400 E0000001")
    await sandbox.add(SandboxFault(.resetEarly, isApplied: true))
    #expect(await sandbox.update(App.org2Org, Body.token("one")).delivery == .reset)
    #expect(await !holdsToken())
  }

  @Test func `is forgotten on request`() async {
    await set(#"{"fault":"empty","operation":"any","times":9}"#)
    #expect(await sandbox.ask("GET", "/api/v1/users/me").body.isEmpty)
    #expect(await sandbox.ask("DELETE", "/sandbox/faults").status == 204)
    #expect(await sandbox.ask("GET", "/api/v1/users/me").body.isEmpty == false)
  }

  @Test func `of the rate limit comes with or without its headers`() async {
    await sandbox.add(SandboxFault(.rateLimit))
    await sandbox.add(SandboxFault(.rateLimitWithoutHeaders))
    let first = await sandbox.ask("GET", App.path(App.org2Org))
    #expect(first.header("X-Rate-Limit-Remaining") == "0")
    #expect(first.header("X-Rate-Limit-Reset") == "1200000060")
    let second = await sandbox.ask("GET", App.path(App.org2Org))
    #expect(second.status == 429)
    #expect(second.header("X-Rate-Limit-Reset") == nil)
  }

  @Test(arguments: [(false, SandboxAnswer.Delivery.cutHead), (true, .whole)])
  func `that hangs ends with a release`(applied: Bool, end: SandboxAnswer.Delivery) async {
    await sandbox.add(SandboxFault(.hang, on: .update, isApplied: applied))
    let sandbox = sandbox
    async let answer = sandbox.update(App.org2Org, Body.token("one"))
    var released = 0
    while released == 0 {
      released = await sandbox.release()
      await Task.yield()
    }
    #expect(await answer.delivery == end)
    #expect(await holdsToken() == applied)
  }
}
