import Commands
import Connections
import HTTPTypes
import Hummingbird
import NIOCore
import OktaAPI
import Projections

extension HTTPFields {
  /// Fields as they came, in their order.
  init(_ headers: [OktaAnswer.Header]) {
    self.init()
    for header in headers {
      guard let name = HTTPField.Name(header.name) else { continue }
      append(HTTPField(name: name, value: header.value))
    }
  }
}

extension HTTPField.Name {
  static let commandID = Self.known("Hindsight-Command-Id")
  static let refresh = Self.known("Refresh")
  /// RFC 8288.
  static let links = Self.known("Link")
  static let trueAt = Self.known("Hindsight-True-At")
  static let requestID = Self.known("X-Okta-Request-Id")
  static let rateLimit = Self.known("X-Rate-Limit-Limit")
  static let rateRemaining = Self.known("X-Rate-Limit-Remaining")
  static let rateReset = Self.known("X-Rate-Limit-Reset")

  private static func known(_ name: String) -> HTTPField.Name {
    guard let name = HTTPField.Name(name) else { preconditionFailure("\(name) is a token") }
    return name
  }
}

extension Response {
  /// What is answered here is told to one caller, and true at one moment: no cache keeps it.
  static func json(_ status: Int, _ bytes: [UInt8], type: String = "application/json") -> Response {
    Response(
      status: .init(code: status), headers: [.contentType: type, .cacheControl: "no-store"],
      body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
  }

  static func json(_ value: JSONValue, status: Int = 200) -> Response {
    json(status, value.bytes)
  }

  /// RFC 9457. `code` names the problem for programs, `detail` says what happened, what did and did
  /// not change, and what to do.
  static func problem(
    _ status: Int, _ code: String, _ detail: String, _ more: [JSONValue.Member] = []
  ) -> Response {
    let titles = [
      400: "Bad request", 401: "Not authenticated", 403: "Not allowed", 404: "Not found",
      405: "Method not allowed", 408: "Too late", 409: "Conflict", 413: "Too large",
      414: "Too long", 422: "Cannot be done", 429: "Too many requests",
      500: "Internal error", 502: "Okta did not do it", 503: "Not available",
    ]
    let value = JSONValue.object(
      [
        .init("type", .string("urn:hindsight:problem:" + code)),
        .init("title", .string(titles[status] ?? "Problem")), .init("status", JSONValue(status)),
        .init("detail", .string(detail)),
      ] + more)
    return json(status, value.bytes, type: "application/problem+json")
  }
}

extension Response {
  /// The problem of an event that cannot be read; `nil` for every other error.
  static func unreadable(_ error: any Error) -> Response? {
    switch error {
    case let stop as ViewsStop:
      switch stop.cause {
      case .unreadable(let fault): unreadable(stop.index, "\(fault)")
      case .notWritten: nil
      }
    case RecordingFault.unreadable(let index): unreadable(index, nil)
    default: nil
    }
  }

  private static func unreadable(_ index: Int, _ fault: String?) -> Response {
    let why = fault.map { " (\($0))" } ?? ""
    return problem(
      500, "event-unreadable",
      """
      The event \(index) cannot be read\(why), and what follows it is not guessed. Nothing was \
      changed. Run `hindsight verify`.
      """, [.init("index", JSONValue(index))])
  }

  /// Names the last of so many events.
  func stating(_ size: Int) -> Response {
    var response = self
    if size > 0 { response.headers[.trueAt] = String(size - 1) }
    return response
  }

  /// RFC 9110 section 15.5.6: a 405 names the methods that the path has.
  func allowing(_ methods: [String]) -> Response {
    var response = self
    response.headers[.allow] = methods.joined(separator: ", ")
    return response
  }

  /// Our own figures, in the headers in which Okta tells its own.
  mutating func tell(_ rate: RateLimit) {
    headers[.rateLimit] = String(rate.limit)
    headers[.rateRemaining] = String(rate.remaining)
    headers[.rateReset] = String(rate.resetEpochSeconds)
  }
}

/// Makes Okta's envelope for our own errors, with the headers that keep its SDKs from crashing.
struct OktaErrors: Sendable {
  let now: @Sendable () -> Instant
  let random: @Sendable (Int) -> [UInt8]

  /// - Parameters:
  ///   - requestID: what stands for Okta's request id where Okta was not asked.
  ///   - rate: the figures of our own limit, when that is what said no.
  func response(
    _ error: OktaError, requestID: UUIDv7? = nil, rate: RateLimit? = nil
  ) -> Response {
    var response = Response.json(
      error.status, error.body(errorID: OktaError.errorID(random: random(22))))
    if let rate { response.tell(rate) }
    completeRetryHeaders(&response, requestID: requestID)
    return response
  }

  /// Every 429, 503 and 504 needs a request id and the three figures: SDKs compute their pause from
  /// them, and some crash without. `Date` is the server's.
  func completeRetryHeaders(_ response: inout Response, requestID: UUIDv7?) {
    guard [429, 503, 504].contains(response.status.code) else { return }
    func complete(_ name: HTTPField.Name, _ value: String) {
      // One of each: of several the most careful. Some SDKs take the first, some the smallest.
      let found = response.headers[values: name].compactMap(Int.init)
      let careful = name == .rateReset ? found.max() : found.min()
      response.headers[name] = careful.map(String.init) ?? response.headers[name] ?? value
    }
    let id = requestID ?? UUIDv7(instant: now(), random: random(10))
    if response.headers[.requestID] == nil {
      response.headers[.requestID] = id.requestID
    }
    complete(.rateLimit, "1")
    complete(.rateRemaining, "0")
    complete(.rateReset, String(now().epochSeconds + 5))
  }
}
