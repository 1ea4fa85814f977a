import Connections
import Testing

@testable import OktaAPI

@Suite struct `An answer that shows a connection` {
  static let path = "https://org.example/api/v1/apps/0oaMADEUP00000000001/connections/default"

  static func link(_ name: String, _ suffix: String, _ allow: String = #""POST""#) -> String {
    #""\#(name)":{"href":"\#(path)\#(suffix)","hints":{"allow":[\#(allow)]}}"#
  }

  static let selfLink = link("self", "", #""POST","GET""#)
  static let activate = link("activate", "/lifecycle/activate")
  static let deactivate = link("deactivate", "/lifecycle/deactivate")
  static let authorize =
    #""authorize":{"href":"https://idp.example/oauth/authorize?state=s&client_id=c","#
    + #""hints":{"allow":["GET"],"guidance":["Open this in a browser."]}}"#

  static let disabled =
    #"{"authScheme":"TOKEN","status":"DISABLED","baseUrl":"https://target.example","#
    + #""profile":{"authScheme":"TOKEN"},"_links":{\#(activate),\#(selfLink)}}"#
  static let enabled =
    #"{"authScheme":"TOKEN","status":"ENABLED","baseUrl":"https://target.example","#
    + #""profile":{"authScheme":"TOKEN"},"_links":{\#(selfLink),\#(deactivate)}}"#
  static let unsupported = #"{"status":"UNKNOWN","profile":{"authScheme":"UNKNOWN"}}"#
  static let old =
    #"{"authScheme":"TOKEN","status":"DISABLED","_links":{\#(activate),\#(selfLink)}}"#
  static let service =
    #"{"authScheme":"OAUTH2","status":"ENABLED","clientId":"0oaSERVICE","#
    + #""profile":{"authScheme":"OAUTH2","clientId":"0oaSERVICE","#
    + #""signing":{"rotationMode":"AUTO"}},"_links":{\#(selfLink),\#(deactivate)}}"#
  static let consent =
    #"{"status":"DISABLED","profile":{"authScheme":"OAUTH2"},"#
    + #""_links":{\#(activate),\#(selfLink),\#(authorize)}}"#

  @Test(arguments: [
    (
      disabled,
      ConnectionState(
        status: "DISABLED", authScheme: "TOKEN", baseURL: "https://target.example")
    ),
    (
      enabled,
      ConnectionState(status: "ENABLED", authScheme: "TOKEN", baseURL: "https://target.example")
    ),
    (unsupported, ConnectionState(status: "UNKNOWN", authScheme: "UNKNOWN")),
    (old, ConnectionState(status: "DISABLED", authScheme: "TOKEN")),
    (
      service,
      ConnectionState(
        status: "ENABLED", authScheme: "OAUTH2", clientID: "0oaSERVICE", rotationMode: "AUTO")
    ),
    (
      consent,
      ConnectionState(status: "DISABLED", authScheme: "OAUTH2", offersConsent: true)
    ),
    (
      #"{"status":"PAUSED","authScheme":"NEW","clientId":"top","extra":{"a":[1.0]}}"#,
      ConnectionState(status: "PAUSED", authScheme: "NEW", clientID: "top")
    ),
    (
      #"{"status":"ENABLED","authScheme":"TOKEN","profile":{"authScheme":"OAUTH2"}}"#,
      ConnectionState(status: "ENABLED", authScheme: "OAUTH2")
    ),
  ])
  func `is read as it was recorded`(body: String, state: ConnectionState) {
    #expect(ConnectionResponse.state(Array(body.utf8)) == state)
  }

  @Test(arguments: [
    "", "<html>", "[]", "{}", #"{"status":"ENABLED"}"#, #"{"authScheme":"TOKEN"}"#,
    #"{"status":1,"authScheme":"TOKEN"}"#, #"{"status":"ENABLED","authScheme":null}"#,
    #"{"status":"ENABLED","profile":{}}"#, #"{"errorCode":"E0000007"}"#,
    #"{"status":"ENABLED","status":"DISABLED","authScheme":"TOKEN"}"#,
  ])
  func `is not read from another body`(body: String) {
    #expect(ConnectionResponse.state(Array(body.utf8)) == nil)
  }

  @Test func `is read within bounds`() {
    let long = String(repeating: "x", count: 10_000)
    let body = #"{"status":"ENABLED","authScheme":"TOKEN","baseUrl":"\#(long)"}"#
    #expect(
      ConnectionResponse.state(Array(body.utf8))?.baseURL
        == String(repeating: "x", count: UpdateRequest.maximumFieldBytes))
  }

  @Test func `is read from a whole answer, with its headers`() {
    let answer = OktaAnswer(
      status: 200,
      headers: [
        .init("X-Okta-Request-Id", "req1"), .init("x-rate-limit-limit", "600"),
        .init("X-Rate-Limit-Remaining", "599"), .init("X-RATE-LIMIT-RESET", "1795420380"),
      ], body: Array(Self.enabled.utf8), durationMicroseconds: 5)
    #expect(answer.state?.isEnabled == true)
    #expect(answer.requestID == "req1")
    #expect(
      answer.rateLimit
        == RateLimit(limit: 600, remaining: 599, resetEpochSeconds: 1_795_420_380))
    #expect(answer.error == nil)
  }

  @Test(arguments: [
    [], [OktaAnswer.Header("X-Rate-Limit-Limit", "600")],
    [
      .init("X-Rate-Limit-Limit", "x"), .init("X-Rate-Limit-Remaining", "1"),
      .init("X-Rate-Limit-Reset", "2"),
    ],
  ])
  func `has no rate limit without its three headers`(headers: [OktaAnswer.Header]) {
    let answer = OktaAnswer(status: 204, headers: headers, body: [], durationMicroseconds: 5)
    #expect(answer.rateLimit == nil)
    #expect(answer.requestID == nil)
    #expect(answer.state == nil)
  }
}

@Suite struct `The links of an answer` {
  private func rewritten(_ body: String) -> String {
    let bytes = ConnectionResponse.rewritingLinks(
      in: Array(body.utf8), to: "http://127.0.0.1:8080")
    return String(decoding: bytes, as: UTF8.self)
  }

  typealias Answer = `An answer that shows a connection`

  @Test(arguments: [
    Answer.disabled, Answer.enabled, Answer.unsupported, Answer.old, Answer.service, Answer.consent,
  ])
  func `lead to the gateway, and nothing else is touched`(body: String) {
    let expected = body.replacing("https://org.example/", with: "http://127.0.0.1:8080/")
    #expect(rewritten(body) == expected)
  }

  @Test func `keep every other byte, white space and escapes among them`() {
    let before = """
      { "x" : 1.00 , "\\u0061":"\\/" ,
        "_links": { "self" : { "href" : "https://org.example/a?b=c", "hints":{"allow":["GET"]} },
          "deactivate": {"name":"n","href":"http:\\/\\/org.example:8443\\/d"} }
      , "self": {"href": "https://org.example/a"} }

      """
    let after =
      before
      .replacing("\"https://org.example/a?b=c\"", with: "\"http://127.0.0.1:8080/a?b=c\"")
      .replacing("\"http:\\/\\/org.example:8443\\/d\"", with: "\"http://127.0.0.1:8080/d\"")
    #expect(rewritten(before) == after)
    #expect(before != after)
  }

  @Test(arguments: [
    #"{"_links":{"authorize":{"href":"https://org.example/a"}}}"#,
    #"{"_links":{"self":{"href":"/relative"}}}"#, #"{"_links":{"self":{"href":"ftp://x/y"}}}"#,
    #"{"_links":{"self":{"href":"https://org.example"}}}"#, #"{"_links":{"self":{"href":7}}}"#,
    #"{"_links":{"self":[{"href":"https://org.example/a"}]}}"#, #"{"_links":null}"#,
    #"{"links":{"self":{"href":"https://org.example/a"}}}"#, "[]", "", "<html>", "{",
  ])
  func `stay as they are where they are none of ours`(body: String) {
    #expect(rewritten(body) == body)
  }
}
