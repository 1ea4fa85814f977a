import Connections
import OktaAPI
import Testing

@testable import Sandbox

@Suite struct `The sandbox organisation` {
  let sandbox = SandboxOrganisation()

  @Test(arguments: [
    "SSWS 00sandboxAdminToken", "SSWS00sandboxAdminToken", "ssws 00sandboxAdminToken",
    "Bearer sandboxAccessToken", "BearersandboxAccessToken",
  ])
  func `knows its two credentials`(header: String) async {
    let answer = await sandbox.ask("GET", App.path(App.org2Org), authorization: header)
    #expect(answer.status == 200)
  }

  @Test(arguments: [
    nil, "", "SSWS", "SSWS 00badother", "Bearer 00sandboxAdminToken", "SSWS sandboxAccessToken",
    "DPoP sandboxAccessToken",
  ])
  func `lets no stranger change a thing`(header: String?) async {
    let path = App.path(App.org2Org)
    let answer = await sandbox.ask("POST", path, Body.token("one"), authorization: header)
    #expect(answer.outcome == "401 E0000011")
    #expect(await sandbox.token(ofApp: App.id(App.org2Org)) == nil)
    #expect(await sandbox.ask("GET", "/api/v1/users/me", authorization: header).status == 401)
  }

  @Test func `answers with the headers that Okta was recorded with`() async {
    let answer = await sandbox.ask("GET", App.path(App.org2Org), second: 1_200_000_007)
    #expect(
      answer.headers.map { "\($0.name): \($0.value)" } == [
        "Content-Type: application/json", "Cache-Control: no-cache, no-store", "Pragma: no-cache",
        "Expires: 0", "Vary: Accept-Encoding",
        "X-Okta-Request-Id: 000102030405060708090a0b0c0d0e0f", "X-Rate-Limit-Limit: 600",
        "X-Rate-Limit-Remaining: 599", "X-Rate-Limit-Reset: 1200000060",
        "Set-Cookie: sid=\"\"; Path=/; Max-Age=0",
        "Set-Cookie: DT=000102030405060708090a0b0c0d0e0f; Path=/; HttpOnly",
      ])
  }

  @Test(arguments: ["PUT", "PATCH", "DELETE"])
  func `refuses a method before it has an id for the request`(method: String) async {
    let answer = await sandbox.ask(method, App.path(App.org2Org))
    #expect(answer.outcome == "405 E0000022")
    #expect(answer.header("X-Okta-Request-Id") == nil)
    #expect(answer.header("X-Rate-Limit-Limit") == nil)
  }

  @Test(arguments: ["", "{", "[]", #"{"profile":{"authScheme":"TOKEN""#])
  func `refuses what is not a JSON object`(body: String) async {
    #expect(await sandbox.update(App.org2Org, body).outcome == "400 E0000003")
  }

  @Test(arguments: [
    "/api/v1/groups", "/api/v1/users", "/api/v1/apps/\(App.org2Org)/connections/other", "/other",
  ])
  func `has no other paths`(target: String) async {
    #expect(await sandbox.ask("GET", target).outcome == "404 E0000008")
  }

  @Test func `collapses double slashes`() async {
    #expect(await sandbox.ask("GET", "/" + App.path(App.org2Org)).status == 200)
  }

  @Test func `counts the calls of each minute`() async {
    var switches = SandboxSwitches()
    switches.callsPerMinute = 2
    let sandbox = SandboxOrganisation(switches: switches)
    let path = App.path(App.org2Org)
    #expect(await sandbox.ask("GET", path).header("X-Rate-Limit-Remaining") == "1")
    let last = await sandbox.ask("POST", path, Body.token("one"))
    #expect(last.header("X-Rate-Limit-Remaining") == "0")
    let refused = await sandbox.ask("POST", path, Body.token("two"), second: 1_200_000_059)
    #expect(refused.outcome == "429 E0000047")
    #expect(refused.header("X-Rate-Limit-Remaining") == "0")
    #expect(refused.header("X-Rate-Limit-Reset") == "1200000060")
    #expect(await sandbox.token(ofApp: App.id(App.org2Org))?.isSame(as: Secret("one")) == true)
    #expect(await sandbox.ask("GET", "/api/v1/users/me").status == 200)
    #expect(await sandbox.ask("GET", path, second: 1_200_000_060).status == 200)
  }

  @Test func `shows an app, an administrator and itself`() async {
    let app = await sandbox.ask("GET", "/api/v1/apps/\(App.zscaler)")
    #expect(
      app.text == #"{"id":"\#(App.zscaler)","name":"zscalerbyz","label":"Zscaler 2.0","#
        + #""status":"ACTIVE"}"#)
    #expect(await sandbox.ask("GET", "/api/v1/apps/\(App.nowhere)").outcome == "404 E0000007")
    let person = await sandbox.ask("GET", "/api/v1/users/me").json
    #expect(person?["profile"]?["login"]?.text == "admin@org.okta.example")
    let path = "/.well-known/okta-organization"
    #expect(await sandbox.ask("GET", path, authorization: nil).json?["pipeline"]?.text == "idx")
  }

  @Test func `issues the access token that it accepts`() async {
    let form = "grant_type=client_credentials&scope=okta.apps.read+okta.apps.manage"
    let answer = await sandbox.ask("POST", "/oauth2/v1/token", form, authorization: nil)
    #expect(
      answer.text == #"{"token_type":"Bearer","expires_in":3600,"#
        + #""access_token":"sandboxAccessToken","scope":"okta.apps.read okta.apps.manage"}"#)
    let refused = await sandbox.ask("POST", "/oauth2/v1/token", "grant_type=password")
    #expect(refused.status == 400)
    #expect(refused.json?["error"]?.text == "unsupported_grant_type")
  }

  @Test func `describes a request without what is in it`() {
    let request = SandboxRequest(
      "POST", "/?code=hush", authorization: "SSWS hush", body: Array("hush".utf8),
      now: Instant(microseconds: 0), random: Array(repeating: 0, count: 54))
    #expect(!"\(request) \(String(reflecting: request))".contains("hush"))
  }
}

@Suite struct `The control routes` {
  let sandbox = SandboxOrganisation()

  @Test func `count what arrived, and need no credential`() async {
    _ = await sandbox.ask("GET", App.path(App.org2Org))
    _ = await sandbox.ask("GET", App.path(App.org2Org), authorization: nil)
    _ = await sandbox.update(App.org2Org, Body.token("bad"))
    _ = await sandbox.ask("GET", "/api/v1/users/me")
    let answer = await sandbox.ask("GET", "/sandbox/calls", authorization: nil)
    #expect(
      answer.text
        == #"{"get":2,"update":1,"activate":0,"deactivate":0,"verify":0,"jwks":0,"other":1}"#)
    #expect(await sandbox.calls(.get) == 2)
  }

  @Test func `show the state, and whether a token is held`() async {
    let sandbox = SandboxOrganisation(
      apps: SandboxApp.samples.filter { [.org2Org, .bookmark].contains($0.kind) })
    _ = await sandbox.update(App.org2Org, Body.token("one", baseURL: "https://a.example"))
    #expect(
      await sandbox.ask("GET", "/sandbox/state").text
        == #"{"apps":[{"appId":"0oaBOOKMARK000000001","name":"bookmark","status":"UNKNOWN","#
        + #""authScheme":"UNKNOWN","baseUrl":null,"clientId":null,"rotationMode":null,"#
        + #""holdsToken":false,"holdsPassword":false,"hasConsent":false},"#
        + #"{"appId":"0oaORG2ORG0000000001","name":"okta_org2org","status":"DISABLED","#
        + #""authScheme":"TOKEN","baseUrl":"https://a.example","clientId":null,"#
        + #""rotationMode":null,"holdsToken":true,"holdsPassword":false,"hasConsent":false}]}"#)
  }

  @Test func `change a connection out of band`() async {
    _ = await sandbox.update(App.zscaler, Body.token("one", baseURL: "https://a.example"))
    let drift =
      #"{"appId":"\#(App.zscaler)","status":"ENABLED","baseUrl":"https://b.example","token":"two"}"#
    #expect(await sandbox.ask("POST", "/sandbox/drift", drift).status == 204)
    #expect(
      await sandbox.state(ofApp: App.id(App.zscaler))
        == ConnectionState(status: "ENABLED", authScheme: "TOKEN", baseURL: "https://b.example"))
    #expect(await sandbox.calls(.update) == 1)
    for (token, holds) in [("one", "false"), ("two", "true")] {
      let question = #"{"appId":"\#(App.zscaler)","token":"\#(token)"}"#
      let answer = await sandbox.ask("POST", "/sandbox/holds", question)
      #expect(answer.text == #"{"holds":\#(holds)}"#)
    }
    let nowhere = #"{"appId":"\#(App.nowhere)","status":"ENABLED"}"#
    #expect(await sandbox.ask("POST", "/sandbox/drift", nowhere).outcome == "404 E0000007")
  }

  @Test(arguments: [
    "{}", #"{"fault":"sneeze"}"#, #"{"fault":"latency"}"#, #"{"fault":"status","status":200}"#,
    #"{"fault":"empty","operation":"dance"}"#, #"{"fault":"empty","tims":2}"#,
    #"{"fault":"empty","times":0}"#, #"{"fault":"empty","applied":"yes"}"#,
  ])
  func `refuse a fault that they do not understand`(body: String) async {
    #expect(await sandbox.ask("POST", "/sandbox/faults", body).outcome == "400 E0000001")
  }
}
