package import Connections

/// A whole answer of Okta's.
package struct OktaAnswer: Sendable {
  package var status: Int
  /// In their order, names as sent.
  package var headers: [Header]
  package var body: [UInt8]
  /// From handing over the request to the last byte of the answer.
  package var durationMicroseconds: Int

  package struct Header: Hashable, Sendable {
    package var name: String
    package var value: String

    package init(_ name: String, _ value: String) {
      self.name = name
      self.value = value
    }
  }

  package init(status: Int, headers: [Header], body: [UInt8], durationMicroseconds: Int) {
    self.status = status
    self.headers = headers
    self.body = body
    self.durationMicroseconds = durationMicroseconds
  }

  package func header(_ name: String) -> String? {
    headers.first { $0.name.lowercased() == name.lowercased() }?.value
  }

  /// `X-Okta-Request-Id`, which joins to Okta's System Log.
  package var requestID: String? { header("x-okta-request-id").map { String($0.prefix(128)) } }

  package var rateLimit: RateLimit? {
    guard let limit = header("x-rate-limit-limit").flatMap(Int.init),
      let remaining = header("x-rate-limit-remaining").flatMap(Int.init),
      let reset = header("x-rate-limit-reset").flatMap(Int.init)
    else { return nil }
    return RateLimit(limit: limit, remaining: remaining, resetEpochSeconds: reset)
  }

  /// The connection that the body shows, if it shows one.
  package var state: ConnectionState? { ConnectionResponse.state(body) }

  /// The link by which a person consents in a browser. It bears a `state` of one use.
  package var consentLink: Secret? {
    (try? JSONValue(parsing: body))?["_links"]?["authorize"]?["href"]?.text.map { Secret($0) }
  }

  package var error: OktaError? { OktaError.read(body, status: status) }
}
