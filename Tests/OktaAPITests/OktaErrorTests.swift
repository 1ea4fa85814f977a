import Testing

@testable import OktaAPI

@Suite struct `An Okta error` {
  @Test func `has an empty list of causes, never none`() {
    let body = OktaError.notFound("0oaNOWHERE").body(errorID: "oaeAbc")
    #expect(
      String(decoding: body, as: UTF8.self)
        == #"{"errorCode":"E0000007","#
        + #""errorSummary":"Not found: Resource not found: 0oaNOWHERE (AppInstance)","#
        + #""errorLink":"E0000007","errorId":"oaeAbc","errorCauses":[]}"#)
  }

  @Test func `lists its causes`() {
    let error = OktaError.validation("credential", cause: "Not \"authorized\".").because("Two.")
    #expect(
      String(decoding: error.body(errorID: "oaeAbc"), as: UTF8.self)
        == #"{"errorCode":"E0000001","errorSummary":"Api validation failed: credential","#
        + #""errorLink":"E0000001","errorId":"oaeAbc","#
        + #""errorCauses":[{"errorSummary":"Not \"authorized\"."},{"errorSummary":"Two."}]}"#)
  }

  @Test(arguments: [
    (OktaError.malformedBody, 400, "E0000003"), (.invalidToken, 401, "E0000011"),
    (.forbidden, 403, "E0000006"), (.pathNotFound, 404, "E0000008"),
    (.notFound("x"), 404, "E0000007"), (.methodNotAllowed, 405, "E0000022"),
    (.validation("x", cause: "y"), 400, "E0000001"), (.conflict("x"), 409, "E0000195"),
    (.tooManyRequests, 429, "E0000047"), (.internalError, 500, "E0000009"),
    (.unavailable, 503, "E0000181"),
  ])
  func `has the status and the code that Okta gives it`(
    error: OktaError, status: Int, code: String
  ) {
    #expect(error.status == status)
    #expect(error.code == code)
    #expect(!error.summary.isEmpty)
    #expect(OktaError.read(error.body(errorID: "oaeAbc"), status: status) == error)
  }

  @Test func `has an id of oae and 22 characters`() {
    #expect(
      OktaError.errorID(random: (0..<22).map { UInt8($0) }) == "oaeABCDEFGHIJKLMNOPQRSTUV")
    #expect(
      OktaError.errorID(random: (42..<64).map { UInt8($0) } + [1, 2])
        == "oaeqrstuvwxyz0123456789_-")
    #expect(
      OktaError.errorID(random: [UInt8](repeating: 0xFF, count: 22))
        == "oae" + String(repeating: "-", count: 22))
  }

  @Test(arguments: [
    (
      #"{"errorCode":"E0000001"}"#,
      OktaError(status: 400, code: "E0000001", summary: "")
    ),
    (
      #"{"errorCode":"E1","errorSummary":"s","errorCauses":null}"#,
      OktaError(status: 400, code: "E1", summary: "s")
    ),
    (
      #"{"errorCode":"E1","errorSummary":7,"errorCauses":[{"errorSummary":"a"},{},"b"],"new":1}"#,
      OktaError(status: 400, code: "E1", summary: "", causes: ["a"])
    ),
  ])
  func `is read with what is there`(body: String, error: OktaError) {
    #expect(OktaError.read(Array(body.utf8), status: 400) == error)
  }

  @Test(arguments: ["", "<html>", "[]", "{}", #"{"errorCode":1}"#, #"{"errorSummary":"s"}"#])
  func `is not read from another body`(body: String) {
    #expect(OktaError.read(Array(body.utf8), status: 502) == nil)
  }
}
