import Connections
import OktaAPI
import Testing

@testable import Sandbox

@Suite struct `A switch of the sandbox` {
  let sandbox = SandboxOrganisation()

  private func set(_ switches: String) async {
    #expect(await sandbox.ask("POST", "/sandbox/switches", switches).status == 200)
  }

  /// What of Okta's behaviour is not certain, and how it is taken until somebody says otherwise.
  @Test func `has a name and a documented default`() async {
    let answer = await sandbox.ask("GET", "/sandbox/switches", authorization: nil)
    #expect(
      answer.text
        == #"{"plainUpdateDisables":true,"verifiesCredentials":true,"missingTokenFails":true,"#
        + #""missingClientIDFails":true,"missingSettingsFails":false,"#
        + #""unsupportedSchemeFails":true,"keepsOmittedBaseURL":false,"#
        + #""storesBaseURLOfOrg2Org":true,"freshAppShowsBaseURL":false,"updateStatus":200,"#
        + #""repeatedLifecycleStatus":204,"showsProfile":true,"#
        + #""showsTopLevelAuthSchemeForOAuth":false,"showsAuthorizeLinkWhenEnabled":true,"#
        + #""jwksWithoutKeysStatus":404,"jwksNeedsCredential":true,"jwksIsWrapped":true,"#
        + #""verifyBadCodeStatus":403,"acceptsWellFormedCredentials":true,"#
        + #""acceptsCredentialWithoutSpace":true,"missingAuthorizationStatus":401,"#
        + #""missingAuthorizationCode":"E0000011","callsPerMinute":600,"fixedOrigin":null}"#)
  }

  @Test func `is each of those that the organisation looks at`() {
    let fields = Mirror(reflecting: SandboxSwitches()).children.compactMap(\.label)
    #expect(fields.sorted() == SandboxSwitch.all.map(\.name).sorted())
  }

  @Test func `is set while the sandbox runs, with others or alone`() async {
    let changed = await sandbox.ask(
      "POST", "/sandbox/switches", #"{"updateStatus":201,"callsPerMinute":2}"#)
    #expect(changed.json?["updateStatus"]?.integer == 201)
    #expect(changed.json?["callsPerMinute"]?.integer == 2)
    #expect(changed.json?["plainUpdateDisables"]?.boolean == true)
    let answer = await sandbox.update(App.org2Org, Body.token("one"))
    #expect(answer.status == 201)
    #expect(answer.header("X-Rate-Limit-Limit") == "2")
  }

  @Test(arguments: [
    "[]", "", #"{"plainUpdateDisable":false}"#, #"{"plainUpdateDisables":"no"}"#,
    #"{"updateStatus":202}"#, #"{"callsPerMinute":0}"#, #"{"missingAuthorizationCode":"E1"}"#,
    #"{"fixedOrigin":1}"#, #"{"updateStatus":201,"plainUpdateDisables":1}"#,
  ])
  func `that does not fit changes nothing`(body: String) async {
    #expect(await sandbox.ask("POST", "/sandbox/switches", body).status == 400)
    #expect(await sandbox.switches.shown == SandboxSwitches().shown)
  }

  @Test(arguments: [(false, nil), (true, "https://a.example")] as [(Bool, String?)])
  func `keeps an address that an update leaves out, or forgets it`(
    isOn: Bool, address: String?
  ) async {
    await set(#"{"keepsOmittedBaseURL":\#(isOn)}"#)
    _ = await sandbox.update(App.zscaler, Body.token("one", baseURL: "https://a.example"))
    let answer = await sandbox.update(App.zscaler, Body.token("two"))
    #expect(answer.json?["baseUrl"]?.text == address)
    let state = await sandbox.state(ofApp: App.id(App.zscaler))
    #expect(state?.baseURL == address)
  }

  @Test(arguments: [(true, "https://a.example"), (false, nil)] as [(Bool, String?)])
  func `lets Org2Org keep an address, or only repeats it`(isOn: Bool, kept: String?) async {
    await set(#"{"storesBaseURLOfOrg2Org":\#(isOn)}"#)
    let body = Body.token("one", baseURL: "https://a.example")
    let answer = await sandbox.update(App.org2Org, body)
    #expect(answer.json?["baseUrl"]?.text == "https://a.example")
    #expect(await sandbox.ask("GET", App.path(App.org2Org)).json?["baseUrl"]?.text == kept)
    let other = await sandbox.update(App.zscaler, body)
    #expect(other.json?["baseUrl"]?.text == "https://a.example")
  }

  @Test(arguments: [(204, "204"), (400, "400 E0000001"), (409, "409 E0000195")])
  func `answers what asks for what is so already`(status: Int, outcome: String) async {
    await set(#"{"repeatedLifecycleStatus":\#(status)}"#)
    _ = await sandbox.update(App.org2Org, Body.token("one"))
    for verb in ["activate", "deactivate"] {
      let path = App.path(App.org2Org, "/lifecycle/\(verb)")
      #expect(await sandbox.ask("POST", path).status == 204)
      #expect(await sandbox.ask("POST", path).outcome == outcome)
    }
    // Without provisioning it was recorded: 204 each time.
    let bookmark = App.path(App.bookmark, "/lifecycle/activate")
    #expect(await sandbox.ask("POST", bookmark).status == 204)
  }

  @Test func `shows a connection as in 2021`() async {
    await set(#"{"showsProfile":false}"#)
    let answer = await sandbox.ask("GET", App.path(App.org2Org))
    #expect(answer.json?.members?.map(\.key) == ["authScheme", "status", "_links"])
    #expect(ConnectionResponse.state(answer.body)?.authScheme == "TOKEN")
  }

  @Test(arguments: [
    (200, "200"), (400, "400 E0000001"), (401, "401 E0000015"), (404, "404 E0000007"),
  ])
  func `says how a connection without keys is told`(status: Int, outcome: String) async {
    await set(#"{"jwksWithoutKeysStatus":\#(status)}"#)
    let answer = await sandbox.ask("GET", App.path(App.org2Org, "/jwks"))
    #expect(answer.outcome == outcome)
    if status == 200 { #expect(answer.text == #"{"jwks":null}"#) }
  }

  @Test func `opens the key set to everyone, bare`() async {
    _ = await sandbox.update(App.org2Org, Body.client)
    let path = App.path(App.org2Org, "/jwks")
    #expect(await sandbox.ask("GET", path, authorization: nil).outcome == "401 E0000011")
    await set(#"{"jwksNeedsCredential":false,"jwksIsWrapped":false}"#)
    let answer = await sandbox.ask("GET", path, authorization: nil)
    #expect(answer.json?["keys"]?.elements?.count == 1)
    // Nothing else is open.
    let connection = await sandbox.ask("GET", App.path(App.org2Org), authorization: nil)
    #expect(connection.status == 401)
  }

  @Test(arguments: [
    (401, "E0000011"), (403, "E0000011"), (401, "E0000005"), (403, "E0000005"),
  ])
  func `says how a missing credential is told`(status: Int, code: String) async {
    await set(
      #"{"missingAuthorizationStatus":\#(status),"missingAuthorizationCode":"\#(code)"}"#)
    let missing = await sandbox.ask("GET", App.path(App.org2Org), authorization: nil)
    #expect(missing.outcome == "\(status) \(code)")
    let wrong = await sandbox.ask("GET", App.path(App.org2Org), authorization: "SSWS x")
    #expect(wrong.outcome == "401 E0000011")
  }

  @Test(arguments: [
    ("SSWS 00sandboxAdminToken", 200), (" ssws\t00sandboxAdminToken", 200),
    ("SSWS00sandboxAdminToken", 401), ("BearersandboxAccessToken", 401),
  ])
  func `refuses a credential that sticks to its scheme`(header: String, status: Int) async {
    await set(#"{"acceptsCredentialWithoutSpace":false}"#)
    let answer = await sandbox.ask("GET", App.path(App.org2Org), authorization: header)
    #expect(answer.status == status)
  }

  @Test func `lets an unsupported scheme pass, and do nothing`() async {
    await set(#"{"unsupportedSchemeFails":false}"#)
    #expect(await sandbox.update(App.zscaler, Body.client).status == 200)
    let state = await sandbox.state(ofApp: App.id(App.zscaler))
    #expect(state?.authScheme == "TOKEN")
  }

  @Test func `takes an update without what belongs to it, or refuses one more`() async {
    await set(
      #"{"missingTokenFails":false,"missingClientIDFails":false,"missingSettingsFails":true}"#)
    #expect(await sandbox.update(App.org2Org, Body.tokenWithoutToken).status == 200)
    #expect(await sandbox.update(App.org2Org, Body.consent).status == 200)
    #expect(await sandbox.update(App.office365, Body.consent).outcome == "400 E0000001")
  }

  @Test func `hides the link for consent once it served`() async {
    await set(#"{"showsAuthorizeLinkWhenEnabled":false}"#)
    let state = await sandbox.update(App.slack, Body.consent).json?["_links"]?["authorize"]
    #expect(state != nil)
    let callback = "/api/v1/apps/slack/\(App.slack)/oauth2/callback"
    let query = "?code=good&state=262728292a2b2c2d2e2f303132333435"
    #expect(await sandbox.ask("POST", callback + query).status == 204)
    _ = await sandbox.ask("POST", App.path(App.slack, "/lifecycle/activate"))
    let shown = await sandbox.ask("GET", App.path(App.slack)).json
    #expect(shown?["status"]?.text == "ENABLED")
    #expect(shown?["_links"]?["authorize"] == nil)
  }

  @Test func `takes the sandbox's own credentials alone`() async {
    await set(#"{"acceptsWellFormedCredentials":false}"#)
    let path = App.path(App.org2Org)
    #expect(await sandbox.ask("GET", path, authorization: "SSWS 00other").status == 401)
    #expect(await sandbox.ask("GET", path).status == 200)
  }
}
