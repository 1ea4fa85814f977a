import Connections
import Testing

@testable import OktaAPI

@Suite struct `An update` {
  private func parse(_ body: String, activate: Bool = false) throws(OktaError) -> UpdateRequest {
    try UpdateRequest(parsing: Array(body.utf8), activate: activate)
  }

  private func printed(_ request: UpdateRequest) -> String {
    String(
      decoding: UpdateRequest.body(of: request.content, secrets: request.secrets), as: UTF8.self)
  }

  // MARK: - Allow-list

  @Test func `with a token is read field by field`() throws {
    let request = try parse(
      #"{"baseUrl":"https://scim.example/1","profile":{"authScheme":"TOKEN","token":"tok-1"}}"#)
    #expect(
      request.content
        == UpdateContent(authScheme: "TOKEN", baseURL: "https://scim.example/1"))
    #expect(request.secrets.mapValues(\.text) == [.token: "tok-1"])
  }

  @Test func `of a service app is read field by field`() throws {
    let request = try parse(
      #"{"profile":{"authScheme":"OAUTH2","clientId":"0oaS","signing":{"rotationMode":"AUTO"}}}"#,
      activate: true)
    #expect(
      request.content
        == UpdateContent(
          authScheme: "OAUTH2", clientID: "0oaS", rotationMode: "AUTO", activate: true))
    #expect(request.secrets.isEmpty)
  }

  @Test func `with an administrator is read field by field`() throws {
    let request = try parse(
      #"{"profile":{"authScheme":"OAUTH2","settings":{"adminUsername":"svc","adminPassword":"p"}}}"#
    )
    #expect(request.content == UpdateContent(authScheme: "OAUTH2", adminUsername: "svc"))
    #expect(request.secrets.mapValues(\.text) == [.adminPassword: "p"])
  }

  @Test(arguments: ["{}", #"{"profile":{}}"#, #"{"profile":{"settings":{},"signing":{}}}"#])
  func `may say nothing, and Okta decides`(body: String) throws {
    let request = try parse(body)
    #expect(request.content == UpdateContent())
    #expect(request.secrets.isEmpty)
  }

  @Test(arguments: [
    (#"{"new":"hidden-value"}"#, ["new"]), (#"{"baseUrl":null}"#, ["baseUrl"]),
    (#"{"baseUrl":["hidden-value"]}"#, ["baseUrl"]), (#"{"profile":"hidden-value"}"#, ["profile"]),
    (#"{"profile":null}"#, ["profile"]), (#"{"profile":{"new":1}}"#, ["profile.new"]),
    (#"{"token":"hidden-value"}"#, ["token"]),
    (#"{"profile":{"authScheme":true}}"#, ["profile.authScheme"]),
    (#"{"profile":{"authScheme":"hidden-value"}}"#, ["profile.authScheme"]),
    (#"{"profile":{"signing":{"kid":"hidden-value"}}}"#, ["profile.signing.kid"]),
    (#"{"profile":{"signing":"hidden-value"}}"#, ["profile.signing"]),
    (#"{"profile":{"settings":{"x":"hidden-value"}}}"#, ["profile.settings.x"]),
    (#"{"b":1,"profile":{"c":2},"a":3}"#, ["b", "profile.c", "a"]),
  ])
  func `is recorded by name alone where it is not known`(body: String, names: [String]) throws {
    let request = try parse(body)
    #expect(request.content == UpdateContent(unknownFields: names))
    #expect(request.secrets.isEmpty)
    #expect(!"\(request)".contains("hidden-value"))
  }

  @Test(arguments: [
    (#"{"profile":{"token":12345}}"#, "profile.token"),
    (#"{"profile":{"token":{"a":"hidden-value"}}}"#, "profile.token"),
    (
      #"{"profile":{"settings":{"adminPassword":["hidden-value"]}}}"#,
      "profile.settings.adminPassword"
    ),
  ])
  func `is refused where a secret is no text`(body: String, name: String) throws {
    let fault = #expect(throws: OktaError.self) { try parse(body) }
    #expect(fault?.causes == ["\(name) must be a text. Nothing was sent."])
  }

  @Test func `shows no secret in any description`() throws {
    let request = try parse(
      #"{"profile":{"token":"hidden-value","settings":{"adminPassword":"hidden-value"}}}"#)
    var text = "\(request)" + String(reflecting: request)
    dump(request, to: &text)
    #expect(!text.contains("hidden-value"))
    #expect(text.contains("(secret)"))
  }

  @Test(arguments: [
    #"{"profile":{"token":""}}"#, #"{"profile":{"settings":{"adminPassword":""}}}"#,
  ])
  func `seals no empty secret`(body: String) throws {
    #expect(try parse(body).secrets.isEmpty)
  }

  @Test func `records names within bounds`() throws {
    let many = (0..<40).map { #""f\#($0)":1"# }.joined(separator: ",")
    #expect(try parse("{\(many)}").content.unknownFields == (0..<32).map { "f\($0)" })
    let long = String(repeating: "n", count: 500)
    #expect(
      try parse(#"{"\#(long)":1}"#).content.unknownFields == [String(repeating: "n", count: 100)])
  }

  /// One letter can carry any number of accents, and an event has a bounded size.
  @Test func `records names within bounds of bytes`() throws {
    let letter = "e" + String(repeating: "\u{301}", count: 5_000)
    for name in try parse(#"{"\#(letter)":1}"#).content.unknownFields {
      #expect(name.utf8.count <= 400)
    }
  }

  // MARK: - Refusals

  @Test(arguments: ["", "{", "null", "[]", #""text""#, "7", #"{"a":1}x"#, "{'a':1}"])
  func `is refused as malformed when it is no JSON object`(body: String) {
    let error = #expect(throws: OktaError.self) { try parse(body) }
    #expect(error?.status == 400)
    #expect(error?.code == "E0000003")
    #expect(error?.causes.count == 1)
  }

  @Test(arguments: [
    #"{"profile":{"token":"hidden-value","token":"other-value"}}"#,
    #"{"profile":{},"profile":{"token":"hidden-value"}}"#,
    #"{"profile":{"token":"hidden-value","tok\u0065n":"x"}}"#,
  ])
  func `is refused when a key stands twice, without saying what it held`(body: String) {
    let error = #expect(throws: OktaError.self) { try parse(body) }
    #expect(error?.code == "E0000003")
    #expect(!String(describing: error).contains("value"))
  }

  @Test(arguments: [
    ("baseUrl", #"{"baseUrl":"TEXT"}"#),
    ("profile.authScheme", #"{"profile":{"authScheme":"TEXT"}}"#),
    ("profile.clientId", #"{"profile":{"clientId":"TEXT"}}"#),
    ("profile.signing.rotationMode", #"{"profile":{"signing":{"rotationMode":"TEXT"}}}"#),
    ("profile.settings.adminUsername", #"{"profile":{"settings":{"adminUsername":"TEXT"}}}"#),
  ])
  func `is refused when a recorded field is too long`(path: String, body: String) throws {
    func filled(_ count: Int) -> String {
      body.replacing("TEXT", with: String(repeating: "x", count: count))
    }
    _ = try parse(filled(UpdateRequest.maximumFieldBytes))
    let error = #expect(throws: OktaError.self) {
      try parse(filled(UpdateRequest.maximumFieldBytes + 1))
    }
    #expect(error?.code == "E0000001")
    #expect(error?.summary == "Api validation failed: \(path)")
  }

  @Test(arguments: ["\\u0000", "\\n", "\\u001b[2J", "\\u007f"])
  func `is refused when a recorded field holds a control character`(text: String) {
    let error = #expect(throws: OktaError.self) { try parse(#"{"baseUrl":"a\#(text)b"}"#) }
    #expect(error?.code == "E0000001")
    #expect(error?.summary == "Api validation failed: baseUrl")
  }

  @Test func `may have a secret of any length`() throws {
    let token = String(repeating: "k", count: 50_000)
    let request = try parse(#"{"profile":{"token":"\#(token)"}}"#)
    #expect(request.secrets[.token]?.text == token)
  }

  // MARK: - And back

  @Test(arguments: [
    #"{"baseUrl":"https://scim.example/1","profile":{"authScheme":"TOKEN","token":"tok \"1\""}}"#,
    #"{"profile":{"authScheme":"TOKEN","token":"påss"}}"#,
    #"{"profile":{"authScheme":"OAUTH2","clientId":"0oaS","signing":{"rotationMode":"MANUAL"}}}"#,
    #"{"profile":{"authScheme":"OAUTH2","settings":{"adminUsername":"svc","adminPassword":"p"}}}"#,
    #"{"profile":{"authScheme":"OAUTH2"}}"#, #"{"baseUrl":"https://scim.example/1"}"#, "{}",
  ])
  func `becomes the body that it was read from`(body: String) throws {
    #expect(printed(try parse(body)) == body)
  }

  @Test func `is rebuilt without what nobody recorded`() throws {
    let request = try parse(#"{"new":1,"profile":{"authScheme":"TOKEN","more":[],"token":"t"}}"#)
    #expect(printed(request) == #"{"profile":{"authScheme":"TOKEN","token":"t"}}"#)
  }
}
