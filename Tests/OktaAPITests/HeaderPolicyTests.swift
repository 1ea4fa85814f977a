import Testing

@testable import OktaAPI

@Suite struct `A header` {
  /// Each header, whether it goes on to Okta, and whether it goes back to the client.
  static let table: [(String, towardsOkta: Bool, towardsClient: Bool)] = [
    ("Accept", true, true), ("User-Agent", true, true), ("Content-Type", true, true),
    ("X-Okta-User-Agent-Extended", true, true), ("X-Okta-Retry-For", true, true),
    ("X-Okta-Retry-Count", true, true), ("X-Okta-Request-Id", true, true),
    ("X-Rate-Limit-Reset", true, true), ("Link", true, true), ("ETag", true, true),
    ("Cache-Control", true, true), ("DPoP", true, true),
    // Hop by hop.
    ("Connection", false, false), ("Keep-Alive", false, false),
    ("Proxy-Connection", false, false), ("Proxy-Authenticate", false, false),
    ("Proxy-Authorization", false, false), ("TE", false, false), ("Trailer", false, false),
    ("Transfer-Encoding", false, false), ("Upgrade", false, false),
    ("tRANSFER-eNCODING", false, false),
    // Set anew for each hop.
    ("Host", false, true), ("Content-Length", false, false), ("Authorization", false, true),
    ("authorization", false, true), ("Expect", false, true), ("Date", true, false),
    // Nobody speaks for another, or turns one method into another.
    ("Forwarded", false, true), ("X-Forwarded-For", false, true),
    ("X-Forwarded-Host", false, true), ("X-Forwarded-Proto", false, true),
    ("X-HTTP-Method-Override", false, true), ("X-HTTP-Method", false, true),
    ("X-Method-Override", false, true), ("Set-Cookie", true, false), ("Cookie", false, true),
    // Meant for Hindsight alone.
    ("Hindsight-Reason", false, true), ("hindsight-ticket", false, true),
    ("Hindsight-Command-Id", false, true),
  ]

  @Test(arguments: table)
  func `passes, or does not, in each direction`(
    name: String, towardsOkta: Bool, towardsClient: Bool
  ) {
    let header = OktaAnswer.Header(name, "value")
    #expect(HeaderPolicy.towardsOkta([header]) == (towardsOkta ? [header] : []))
    #expect(HeaderPolicy.towardsClient([header]) == (towardsClient ? [header] : []))
  }

  @Test(arguments: ["X-Private", "x-private", "keep-alive, X-Private", "close ,x-PRIVATE , other"])
  func `does not pass when Connection names it`(option: String) {
    let headers = [
      OktaAnswer.Header("X-Private", "1"), .init("Connection", option), .init("X-Public", "2"),
    ]
    #expect(HeaderPolicy.towardsOkta(headers) == [.init("X-Public", "2")])
    #expect(HeaderPolicy.towardsClient(headers) == [.init("X-Public", "2")])
  }

  @Test func `keeps its place, its spelling and its repetitions`() {
    let headers = [
      OktaAnswer.Header("x-B", "1"), .init("X-a", "2"), .init("Host", "h"), .init("X-b", "3"),
    ]
    #expect(
      HeaderPolicy.towardsOkta(headers) == [
        .init("x-B", "1"), .init("X-a", "2"), .init("X-b", "3"),
      ])
  }
}
