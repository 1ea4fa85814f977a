import OktaAPI

/// An answer, and how it is to reach the client.
struct SandboxAnswer: Sendable {
  struct Header: Hashable, Sendable {
    var name: String
    var value: String
  }

  enum Delivery: Sendable {
    case whole
    /// The connection is closed before any byte of the answer.
    case cutHead
    /// The connection is closed within the status line and the headers.
    case cutHeaders
    /// More bytes are promised than sent, and the connection is closed in between.
    case cutBody
    /// The body comes a byte at a time, and its promised end does not.
    case dripBody
    /// The connection is reset before any byte of the answer.
    case reset
    /// The request's body goes back chunk by chunk.
    case echo
  }

  var status: Int
  var headers: [Header] = []
  var body: [UInt8] = []
  var delivery = Delivery.whole

  static func json(_ value: JSONValue, status: Int = 200) -> SandboxAnswer {
    SandboxAnswer(status: status, headers: [.json], body: value.bytes)
  }

  static func failure(_ error: OktaError, _ request: SandboxRequest) -> SandboxAnswer {
    SandboxAnswer(
      status: error.status, headers: [.json], body: error.body(errorID: request.errorID))
  }

  static let noContent = SandboxAnswer(status: 204)

  /// The headers that Okta adds to whatever comes from behind its routing. Cookies are among them,
  /// for a proxy to drop.
  func stamped(_ request: SandboxRequest, _ rate: SandboxRateLimit.Reading?) -> SandboxAnswer {
    var answer = unrouted()
    answer.headers.append(Header(name: "X-Okta-Request-Id", value: request.requestID))
    if let rate {
      answer.headers += [
        Header(name: "X-Rate-Limit-Limit", value: String(rate.limit)),
        Header(name: "X-Rate-Limit-Remaining", value: String(rate.remaining)),
        Header(name: "X-Rate-Limit-Reset", value: String(rate.resetEpochSeconds)),
      ]
    }
    answer.headers += [
      Header(name: "Set-Cookie", value: "sid=\"\"; Path=/; Max-Age=0"),
      Header(name: "Set-Cookie", value: "DT=\(request.requestID); Path=/; HttpOnly"),
    ]
    return answer
  }

  /// The headers of an error from before routing: neither a request id nor a rate limit.
  func unrouted() -> SandboxAnswer {
    var answer = self
    answer.headers += [
      Header(name: "Cache-Control", value: "no-cache, no-store"),
      Header(name: "Pragma", value: "no-cache"), Header(name: "Expires", value: "0"),
      Header(name: "Vary", value: "Accept-Encoding"),
    ]
    return answer
  }
}

extension SandboxAnswer.Header {
  fileprivate static let json = Self(name: "Content-Type", value: "application/json")
}

/// A bucket of the rate limit: so many calls in each minute of the clock.
struct SandboxRateLimit: Sendable {
  struct Reading: Sendable {
    var limit: Int
    var remaining: Int
    var resetEpochSeconds: Int64
  }

  var limit: Int
  private var minute: Int64 = .min
  private var used = 0

  init(limit: Int) { self.limit = limit }

  /// Takes one call out of the bucket; `nil` when it is empty.
  mutating func charge(atEpochSeconds now: Int64) -> Reading? {
    if minute != now / 60 { (minute, used) = (now / 60, 0) }
    guard used < limit else { return nil }
    used += 1
    return reading(atEpochSeconds: now)
  }

  func reading(atEpochSeconds now: Int64) -> Reading {
    Reading(
      limit: limit, remaining: minute == now / 60 ? max(0, limit - used) : limit,
      resetEpochSeconds: (now / 60 + 1) * 60)
  }

  /// As a refused call is told.
  func exhausted(atEpochSeconds now: Int64) -> Reading {
    Reading(limit: limit, remaining: 0, resetEpochSeconds: (now / 60 + 1) * 60)
  }
}
