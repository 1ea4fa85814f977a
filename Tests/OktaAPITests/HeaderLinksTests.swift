import Testing

@testable import OktaAPI

@Suite struct `An address in a header` {
  private func rehosted(_ name: String, _ value: String) -> String? {
    HeaderLinks.rehosted([OktaAnswer.Header(name, value)], to: "http://127.0.0.1:8080").first?.value
  }

  @Test(arguments: [
    (
      #"<https://org.okta.example/api/v1/apps?after=x&limit=2>; rel="next""#,
      #"<http://127.0.0.1:8080/api/v1/apps?after=x&limit=2>; rel="next""#
    ),
    (
      #"<https://a.example/api/v1/logs>; rel="self", <https://b.example/api/v1/logs?x=a,b>; r=1"#,
      #"<http://127.0.0.1:8080/api/v1/logs>; rel="self", "#
        + "<http://127.0.0.1:8080/api/v1/logs?x=a,b>; r=1"
    ),
    ("<HTTPS://a.example/api/v1/apps>", "<http://127.0.0.1:8080/api/v1/apps>"),
  ])
  func `of Okta's API leads through the gateway`(sent: String, told: String) {
    #expect(rehosted("Link", sent) == told)
    #expect(rehosted("link", sent) == told)
  }

  @Test(arguments: [
    #"<https://developer.okta.example/docs>; rel="help""#, "</api/v1/apps>; rel=\"next\"",
    "<https://a.example/login>", "no link", "<unclosed https://a.example/api/v1/x", "",
    "<https:/a.example/api/v1/x>", "<ftp://a.example/api/v1/x>", "<https://a.example/api/v10>",
  ])
  func `of anything else stays`(value: String) {
    #expect(rehosted("Link", value) == value)
  }

  @Test func `of a redirect or of something new leads through the gateway, too`() {
    #expect(
      rehosted("Location", "https://a.example/api/v1/users/u")
        == "http://127.0.0.1:8080/api/v1/users/u")
    for value in ["https://a.example/login/default", "/api/v1/users/u"] {
      #expect(rehosted("Location", value) == value)
    }
    #expect(rehosted("X-Other", "<https://a.example/api/v1/x>") == "<https://a.example/api/v1/x>")
  }
}

@Suite struct `An error from upstream` {
  private static let own = "oaeAAAAAAAAAAAAAAAAAAAAAA"

  private func readable(
    _ status: Int, _ body: String, _ type: String? = "application/json"
  ) -> OktaAnswer {
    OktaAnswer(
      status: status,
      headers: [OktaAnswer.Header("X-Okta-Request-Id", "r")]
        + (type.map { [OktaAnswer.Header("Content-Type", $0)] } ?? []),
      body: Array(body.utf8), durationMicroseconds: 7
    ).readable(errorID: Self.own)
  }

  @Test(arguments: ["application/json", "application/json;charset=UTF-8", "Application/JSON ; x=1"])
  func `that is Okta's stays as it is`(type: String) {
    for body in [
      #"{"future":1,"errorCode":"E1","errorSummary":"","errorCauses":[]}"#,
      #"{"errorCode":"E9999999", "errorCauses":null, "more":[1,2.50]}"#,
    ] {
      let answer = readable(400, body, type)
      #expect(String(decoding: answer.body, as: UTF8.self) == body)
      #expect(answer.header("content-type") == type)
    }
  }

  @Test(
    arguments: [
      (401, "E0000011"), (403, "E0000006"), (404, "E0000008"), (405, "E0000022"),
      (429, "E0000047"), (503, "E0000181"), (400, "E0000001"), (418, "E0000001"),
      (502, "E0000009"),
    ], ["", "<html>", "{}", "null", #"{"error":"x"}"#])
  func `that is none of Okta's gets an envelope under its status`(
    told: (status: Int, code: String), body: String
  ) throws {
    let answer = readable(told.status, body, "text/html")
    #expect(answer.status == told.status)
    #expect(answer.headers.map(\.name) == ["X-Okta-Request-Id", "Content-Type"])
    #expect(answer.header("content-type") == "application/json")
    let error = try #require(answer.error)
    #expect(error.code == told.code && !error.summary.isEmpty)
    #expect(error.causes == ["Okta answered with status \(told.status) and said no more."])
    #expect(try JSONValue(parsing: answer.body)["errorId"]?.text == Self.own)
  }

  @Test func `under another media type is told as JSON`() {
    let body = #"{"errorCode":"E1","errorSummary":"x","errorCauses":[]}"#
    for type in ["application/problem+json", nil] {
      let answer = readable(400, body, type)
      #expect(answer.header("content-type") == "application/json")
      #expect(String(decoding: answer.body, as: UTF8.self) == body)
    }
  }

  @Test(arguments: [200, 204, 302]) func `is none below 400`(status: Int) {
    #expect(readable(status, "", nil).headers.count == 1)
  }
}
