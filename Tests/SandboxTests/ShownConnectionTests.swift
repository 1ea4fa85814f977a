import Connections
import OktaAPI
import Testing

@testable import Sandbox

@Suite struct `What the sandbox shows of a connection` {
  let sandbox = SandboxOrganisation()

  private func link(_ name: String, _ app: String, _ suffix: String, _ methods: String) -> String {
    #""\#(name)":{"href":"http://org.example:8080/api/v1/apps/\#(app)/connections/default"#
      + #"\#(suffix)","hints":{"allow":[\#(methods)]}}"#
  }

  private func activate(_ app: String) -> String {
    link("activate", app, "/lifecycle/activate", #""POST""#)
  }
  private func own(_ app: String) -> String { link("self", app, "", #""POST","GET""#) }
  private func deactivate(_ app: String) -> String {
    link("deactivate", app, "/lifecycle/deactivate", #""POST""#)
  }

  @Test func `with a token has Okta's members in Okta's order`() async {
    let app = App.org2Org
    let body = Body.token("one", baseURL: "https://target.example")
    #expect(
      await sandbox.update(app, body).text
        == #"{"authScheme":"TOKEN","status":"DISABLED","baseUrl":"https://target.example","#
        + #""profile":{"authScheme":"TOKEN"},"_links":{\#(activate(app)),\#(own(app))}}"#)
    #expect(
      await sandbox.update(app, body, query: "?activate=true").text
        == #"{"authScheme":"TOKEN","status":"ENABLED","baseUrl":"https://target.example","#
        + #""profile":{"authScheme":"TOKEN"},"_links":{\#(own(app)),\#(deactivate(app))}}"#)
  }

  @Test func `with a client shows how its key rotates`() async {
    let app = App.org2Org
    #expect(
      await sandbox.update(app, Body.automaticClient).text
        == #"{"status":"DISABLED","profile":{"authScheme":"OAUTH2","clientId":"0oaService","#
        + #""signing":{"rotationMode":"AUTO"}},"_links":{\#(activate(app)),\#(own(app))}}"#)
    let manual = await sandbox.update(app, Body.client).json
    #expect(manual?["profile"]?["signing"]?["rotationMode"]?.text == "MANUAL")
  }

  @Test func `can repeat scheme and client at the top, as a guide does`() async {
    var switches = SandboxSwitches()
    switches.showsTopLevelAuthSchemeForOAuth = true
    let answer = await SandboxOrganisation(switches: switches).update(App.org2Org, Body.client)
    #expect(
      answer.text.hasPrefix(
        #"{"authScheme":"OAUTH2","status":"DISABLED","clientId":"0oaService","profile":"#))
  }

  @Test func `offers a link for consent with a state of its own`() async {
    #expect(await sandbox.ask("GET", App.path(App.google)).json?["_links"]?["authorize"] == nil)
    let answer = await sandbox.update(App.google, Body.consent)
    let links = answer.json?["_links"]
    #expect(links?.members?.map(\.key) == ["activate", "self", "authorize"])
    #expect(links?["authorize"]?["hints"]?.members?.map(\.key) == ["allow", "guidance"])
    #expect(
      links?["authorize"]?["href"]?.text
        == "https://google.example/oauth/authorize?scope=provisioning&response_type=code"
        + "&state=262728292a2b2c2d2e2f303132333435&client_id=sandbox"
        + "&redirect_uri=http%3A%2F%2Forg.example%3A8080%2Foauth2%2Fconsent%2Fredirect")
    #expect(ConnectionResponse.state(answer.body)?.offersConsent == true)
  }

  @Test(arguments: [App.org2Org, App.zscaler, App.google, App.bookmark])
  func `is what the organisation says of itself`(app: String) async {
    let shown = await sandbox.ask("GET", App.path(app)).body
    #expect(await sandbox.state(ofApp: App.id(app)) == ConnectionResponse.state(shown))
  }

  @Test func `can name one host for all`() async {
    var switches = SandboxSwitches()
    switches.fixedOrigin = "https://org.okta.example"
    switches.freshAppShowsBaseURL = true
    let sandbox = SandboxOrganisation(switches: switches)
    let json = await sandbox.ask("GET", App.path(App.org2Org)).json
    #expect(
      json?["_links"]?["self"]?["href"]?.text
        == "https://org.okta.example" + App.path(App.org2Org))
    #expect(json?["baseUrl"]?.text == "https://target.okta.example")
  }

  @Test func `never holds a secret`() async {
    let settings =
      #"{"profile":{"authScheme":"OAUTH2","settings":{"adminUsername":"svc@corp.example","#
      + #""adminPassword":"hush-password"}}}"#
    _ = await sandbox.update(App.office365, settings)
    _ = await sandbox.update(App.org2Org, Body.token("hush-token"))
    for target in [App.path(App.office365), App.path(App.org2Org), "/sandbox/state"] {
      let text = await sandbox.ask("GET", target).text
      #expect(!text.contains("hush"))
      #expect(!text.contains("svc@corp.example"))
    }
  }

  @Test func `has keys for Org2Org with a client alone`() async {
    #expect(await sandbox.ask("GET", App.path(App.org2Org, "/jwks")).outcome == "404 E0000007")
    #expect(await sandbox.ask("GET", App.path(App.bookmark, "/jwks")).outcome == "404 E0000007")
    _ = await sandbox.update(App.org2Org, Body.client)
    let answer = await sandbox.ask("GET", App.path(App.org2Org, "/jwks"))
    #expect(answer.json?["jwks"]?["keys"]?.elements?.first?["kty"]?.text == "RSA")
    var switches = SandboxSwitches()
    switches.jwksWithoutKeysStatus = 200
    let other = SandboxOrganisation(switches: switches)
    #expect(await other.ask("GET", App.path(App.zscaler, "/jwks")).text == #"{"jwks":null}"#)
  }
}
