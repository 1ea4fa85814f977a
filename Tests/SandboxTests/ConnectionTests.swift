import Connections
import OktaAPI
import Testing

@testable import Sandbox

@Suite struct `A connection of the sandbox` {
  let sandbox = SandboxOrganisation()

  @Test(arguments: [
    (App.org2Org, "DISABLED", "TOKEN"), (App.zscaler, "DISABLED", "TOKEN"),
    (App.google, "DISABLED", "OAUTH2"), (App.office365, "DISABLED", "OAUTH2"),
    (App.slack, "DISABLED", "OAUTH2"), (App.zoom, "DISABLED", "OAUTH2"),
    (App.bookmark, "UNKNOWN", "UNKNOWN"), ("0oaLOAD1234567890123", "DISABLED", "TOKEN"),
  ])
  func `begins without credentials`(app: String, status: String, scheme: String) async {
    let answer = await sandbox.ask("GET", App.path(app))
    #expect(answer.status == 200)
    #expect(answer.connectionStatus == status)
    #expect(answer.json?["profile"]?["authScheme"]?.text == scheme)
    #expect(await sandbox.token(ofApp: App.id(app)) == nil)
  }

  @Test(arguments: [
    ("", "DISABLED"), ("?activate=true", "ENABLED"), ("?activate=TRUE", "ENABLED"),
    ("?activate=false", "DISABLED"),
  ])
  func `is enabled by an update only if that is asked for`(query: String, status: String) async {
    for _ in 1...2 {
      let answer = await sandbox.update(App.org2Org, Body.token("one"), query: query)
      #expect(answer.status == 200)
      #expect(answer.connectionStatus == status)
    }
    #expect(await sandbox.token(ofApp: App.id(App.org2Org))?.isSame(as: Secret("one")) == true)
  }

  @Test(arguments: [(true, "DISABLED"), (false, "ENABLED")])
  func `is turned off by a plain update unless switched`(switched: Bool, status: String) async {
    var switches = SandboxSwitches()
    switches.plainUpdateDisables = switched
    let sandbox = SandboxOrganisation(switches: switches)
    _ = await sandbox.update(App.org2Org, Body.token("one"), query: "?activate=true")
    #expect(await sandbox.update(App.org2Org, Body.token("two")).connectionStatus == status)
  }

  @Test func `is turned on and off, and once more does nothing`() async {
    _ = await sandbox.update(App.zscaler, Body.token("one"))
    for (verb, status) in [("activate", "ENABLED"), ("deactivate", "DISABLED")] {
      for _ in 1...2 {
        let answer = await sandbox.ask("POST", App.path(App.zscaler, "/lifecycle/\(verb)"))
        #expect(answer.status == 204)
        #expect(answer.body.isEmpty)
        #expect(answer.header("Content-Type") == nil)
      }
      #expect(await sandbox.ask("GET", App.path(App.zscaler)).connectionStatus == status)
    }
  }

  @Test(arguments: [
    (App.org2Org, Body.token("bad-token")), (App.org2Org, Body.tokenWithoutToken),
    (App.org2Org, Body.consent), (App.zscaler, Body.token("bad")), (App.zscaler, Body.client),
    (App.google, Body.token("one")), (App.org2Org, #"{"profile":{"authScheme":"MAGIC"}}"#),
    (App.org2Org, #"{"baseUrl":"https://x.example"}"#),
    (
      App.office365,
      #"{"profile":{"authScheme":"OAUTH2","settings":{"adminPassword":"bad"}}}"#
    ),
  ])
  func `stays as it was when an update is refused`(app: String, body: String) async {
    if app == App.org2Org { _ = await sandbox.update(app, Body.token("one"), query: "?activate=1") }
    let before = await sandbox.ask("GET", App.path(app)).text
    for query in ["", "?activate=true"] {
      #expect(await sandbox.update(app, body, query: query).outcome == "400 E0000001")
    }
    #expect(await sandbox.ask("GET", App.path(app)).text == before)
    let held = await sandbox.token(ofApp: App.id(app))
    #expect((held?.isSame(as: Secret("one")) ?? false) == (app == App.org2Org))
  }

  @Test func `says that a credential was refused as Okta says it`() async {
    let answer = await sandbox.update(App.org2Org, Body.token("bad"))
    #expect(
      answer.text == #"{"errorCode":"E0000001","errorSummary":"Api validation failed: credential""#
        + #","errorLink":"E0000001","errorId":"oaeQRSTUVWXYZabcdefghijkl","errorCauses":"#
        + #"[{"errorSummary":"Verification failed: Invalid URL. Not authorized."}]}"#)
  }

  @Test func `is not activated without credentials that work`() async {
    for app in [App.org2Org, App.zscaler, App.google] {
      let answer = await sandbox.ask("POST", App.path(app, "/lifecycle/activate"))
      #expect(answer.outcome == "400 E0000001")
    }
    _ = await sandbox.update(App.org2Org, Body.token("one"))
    await sandbox.drift(App.id(App.org2Org), SandboxDrift(token: Secret("bad one")))
    let answer = await sandbox.ask("POST", App.path(App.org2Org, "/lifecycle/activate"))
    #expect(answer.outcome == "400 E0000001")
  }

  @Test func `can be told to take any credential`() async {
    var switches = SandboxSwitches()
    switches.verifiesCredentials = false
    let sandbox = SandboxOrganisation(switches: switches)
    let answer = await sandbox.update(App.org2Org, Body.token("bad"), query: "?activate=true")
    #expect(answer.connectionStatus == "ENABLED")
  }

  @Test(arguments: [Body.token("one"), Body.client, #"{"profile":{"authScheme":"UNKNOWN"}}"#])
  func `without provisioning accepts everything and does nothing`(body: String) async {
    let unknown = #"{"status":"UNKNOWN","profile":{"authScheme":"UNKNOWN"}}"#
    for query in ["", "?activate=true"] {
      let answer = await sandbox.update(App.bookmark, body, query: query)
      #expect(answer.status == 200)
      #expect(answer.text == unknown)
    }
    for verb in ["activate", "deactivate"] {
      let answer = await sandbox.ask("POST", App.path(App.bookmark, "/lifecycle/\(verb)"))
      #expect(answer.status == 204)
    }
    #expect(await sandbox.ask("GET", App.path(App.bookmark)).text == unknown)
    #expect(await sandbox.token(ofApp: App.id(App.bookmark)) == nil)
  }

  @Test func `forgets the token of one scheme under the other`() async {
    _ = await sandbox.update(App.org2Org, Body.token("one"))
    _ = await sandbox.update(App.org2Org, Body.client, query: "?activate=true")
    #expect(await sandbox.token(ofApp: App.id(App.org2Org)) == nil)
    let state = await sandbox.state(ofApp: App.id(App.org2Org))
    #expect(
      state
        == ConnectionState(
          status: "ENABLED", authScheme: "OAUTH2", clientID: "0oaService", rotationMode: "MANUAL"))
  }

  @Test func `of an app that is not there is not found`() async {
    let missing = "Not found: Resource not found: \(App.nowhere) (AppInstance)"
    for (method, suffix) in [
      ("GET", ""), ("POST", ""), ("POST", "/lifecycle/activate"), ("POST", "/lifecycle/deactivate"),
      ("GET", "/jwks"),
    ] {
      let answer = await sandbox.ask(method, App.path(App.nowhere, suffix), Body.consent)
      #expect(answer.outcome == "404 E0000007")
      #expect(answer.json?["errorSummary"]?.text == missing)
      #expect(answer.header("X-Rate-Limit-Limit") == "600")
    }
    let callback = "/api/v1/apps/google/\(App.nowhere)/oauth2/callback?code=good&state=x"
    #expect(await sandbox.ask("POST", callback).outcome == "404 E0000007")
  }
}

@Suite struct `Consent` {
  let sandbox = SandboxOrganisation()
  /// The hexadecimal digits of the bytes that the client of these tests gives for it.
  let state = "262728292a2b2c2d2e2f303132333435"

  @Test(arguments: [
    ("google", App.google), ("office365", App.office365), ("slack", App.slack),
    ("zoomus", App.zoom),
  ])
  func `lets a connection be enabled, until the next update`(name: String, app: String) async {
    let callback = "/api/v1/apps/\(name)/\(app)/oauth2/callback"
    let activate = App.path(app, "/lifecycle/activate")
    let updated = await sandbox.update(app, Body.consent, query: "?activate=true")
    #expect(updated.connectionStatus == "DISABLED")
    #expect(updated.json?["_links"]?["authorize"]?["href"]?.text?.contains(state) == true)
    #expect(await sandbox.ask("POST", activate).outcome == "400 E0000001")

    #expect(await sandbox.ask("POST", callback + "?code=good&state=" + state).status == 204)
    #expect(await sandbox.ask("GET", App.path(app)).connectionStatus == "DISABLED")
    #expect(await sandbox.ask("POST", activate).status == 204)
    #expect(await sandbox.ask("GET", App.path(app)).connectionStatus == "ENABLED")

    #expect(await sandbox.update(app, Body.consent).connectionStatus == "DISABLED")
    #expect(await sandbox.ask("POST", activate).outcome == "400 E0000001")
  }

  @Test(arguments: [
    "", "?code=good", "?code=bogus&state=262728292a2b2c2d2e2f303132333435",
    "?code=good&state=bogus",
  ])
  func `is refused for another code or state`(query: String) async {
    let path = "/api/v1/apps/google/\(App.google)/oauth2/callback" + query
    #expect(await sandbox.ask("POST", path).outcome == "403 E0000006")
    _ = await sandbox.update(App.google, Body.consent)
    #expect(await sandbox.ask("POST", path).outcome == "403 E0000006")
  }

  @Test(arguments: [(400, "400 E0000001"), (404, "404 E0000007"), (403, "403 E0000006")])
  func `is refused with the status that is switched on`(status: Int, outcome: String) async {
    var switches = SandboxSwitches()
    switches.verifyBadCodeStatus = status
    let sandbox = SandboxOrganisation(switches: switches)
    let path = "/api/v1/apps/google/\(App.google)/oauth2/callback?code=x&state=y"
    #expect(await sandbox.ask("POST", path).outcome == outcome)
  }

  @Test func `reads an encoded state, and only under the app's own name`() async {
    _ = await sandbox.update(App.slack, Body.consent)
    let rest = "\(App.slack)/oauth2/callback?state=%32%36\(state.dropFirst(2))&code=%67ood"
    #expect(await sandbox.ask("POST", "/api/v1/apps/google/\(rest)").outcome == "403 E0000006")
    #expect(await sandbox.ask("POST", "/api/v1/apps/slack/\(rest)").status == 204)
  }

  @Test(arguments: ["a b", "a+b", "a%20b"])
  func `takes plus for a space`(sent: String) {
    var connection = SandboxConnection(fresh: .google, switches: SandboxSwitches())
    connection.consentState = "a b"
    let state = OktaRoute.parameters("state", in: "code=good&state=\(sent)").last
    let isVerified = connection.verify(appName: "google", code: "good", state: state)
    #expect(isVerified)
  }
}
