package import AsyncHTTPClient
package import Connections
package import NIOCore
import NIOHTTP1
package import OktaAPI

/// Calls one Okta organisation. It sends each request once: whether to send again is never its
/// decision.
package struct UpstreamClient: Sendable {
  /// Scheme and authority, such as `https://example.okta.com`; no path.
  package let origin: String
  private let transport: Transport
  private let timeout: Duration
  private let clock: Clock

  /// The longest answer to one of the six operations, in bytes.
  private static let maximumAnswerBytes = 4 << 20

  /// Carries one request, within a time, and brings the head of its answer.
  package typealias Transport =
    @Sendable (HTTPClientRequest, TimeAmount) async throws -> HTTPClientResponse

  /// What measures how long a call takes.
  package struct Clock: Sendable {
    /// Microseconds, which only run forward.
    package var microseconds: @Sendable () -> Int
    /// Returns after that long, or throws when cancelled.
    package var sleep: @Sendable (Duration) async throws -> Void

    package init(
      microseconds: @escaping @Sendable () -> Int,
      sleep: @escaping @Sendable (Duration) async throws -> Void
    ) {
      self.microseconds = microseconds
      self.sleep = sleep
    }
  }

  /// - Parameter timeoutSeconds: how long to wait for the whole answer to one of the six
  ///   operations; of what is passed on, for the head, and for each further part.
  package init(origin: String, client: HTTPClient, timeoutSeconds: Int, clock: Clock) {
    self.init(
      origin: origin, transport: { try await client.execute($0, timeout: $1) },
      timeoutSeconds: timeoutSeconds, clock: clock)
  }

  /// - Parameter transport: in place of a client's `execute`, where something stands in between.
  package init(
    origin: String, transport: @escaping Transport, timeoutSeconds: Int, clock: Clock
  ) {
    self.origin = origin
    self.transport = transport
    self.timeout = .seconds(timeoutSeconds)
    self.clock = clock
  }

  /// The one right configuration of the client below.
  package static func configuration(
    connectTimeoutSeconds: Int, timeoutSeconds: Int
  ) -> HTTPClient.Configuration {
    var configuration = HTTPClient.Configuration(
      redirectConfiguration: .disallow,
      timeout: .init(
        connect: .seconds(Int64(connectTimeoutSeconds)), read: .seconds(Int64(timeoutSeconds)),
        write: .seconds(Int64(timeoutSeconds))),
      decompression: .disabled)
    configuration.httpVersion = .http1Only
    // A failed connection is reported at once and as what it is: that is how *not sent* is known.
    configuration.connectionPool.retryConnectionEstablishment = false
    // Shorter than any server's keep-alive, for a write on a connection that the other side has
    // just closed would be in doubt.
    configuration.connectionPool.idleTimeout = .seconds(4)
    configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 256
    return configuration
  }

  // MARK: - The six operations

  /// Reads a connection.
  package func read(
    _ appID: AppID, credential: OktaCredential, headers: [OktaAnswer.Header]
  ) async -> ReadOutcome {
    await read(
      target: "/api/v1/apps/" + PathSegment.encode(appID.description) + "/connections/default",
      authorization: credential.header, headers: headers)
  }

  /// Reads what Okta shows there.
  ///
  /// - Parameters:
  ///   - target: path and query as the client wrote them.
  ///   - authorization: the `Authorization` header that goes with it, whole.
  package func read(
    target: String, authorization: Secret?, headers: [OktaAnswer.Header]
  ) async -> ReadOutcome {
    var request = HTTPClientRequest(url: origin + target)
    request.method = .GET
    request.headers = self.headers(headers, authorization)
    switch await answer(to: request) {
    case .answered(let answer): return .answered(answer)
    case .failed(let failure, _):
      return .failed(reason: failure.reason, wasSent: !failure.isNotSent)
    }
  }

  /// Sends a change, once, and says honestly how it ended.
  package func send(_ call: UpstreamCall) async -> CallOutcome {
    var request = HTTPClientRequest(
      url: origin + call.path + (call.query.map { "?" + $0 } ?? ""))
    request.method = .POST
    request.headers = headers(call.headers, call.credential.header)
    if case .update(let body) = call.operation {
      request.body = .bytes(ByteBuffer(bytes: body))
    }
    switch await answer(to: request) {
    case .answered(let answer): return CallOutcome(answer, isUpdate: call.operation.isUpdate)
    case .failed(let failure, _) where failure.isNotSent: return .notSent(reason: failure.reason)
    case .failed(let failure, nil): return .unknown(reason: failure.reason, .nothing)
    case .failed(let failure, let head?):
      return .unknown(
        reason: "\(failure.reason), after a head with status \(head.status)", .head(head))
    }
  }

  private enum Answered {
    case answered(OktaAnswer)
    /// The answer holds what came before the failure, if its head did.
    case failed(TransportFailure, OktaAnswer?)
  }

  private func answer(to request: HTTPClientRequest) async -> Answered {
    let start = clock.microseconds()
    var answer: OktaAnswer?
    do {
      let response = try await transport(request, TimeAmount(timeout))
      var found = OktaAnswer(
        status: Int(response.status.code),
        headers: response.headers.map { OktaAnswer.Header($0.name, $0.value) }, body: [],
        durationMicroseconds: 0)
      answer = found
      let passed = Duration.microseconds(clock.microseconds() - start)
      let body = try await within(max(.zero, timeout - passed)) {
        try await response.body.collect(upTo: Self.maximumAnswerBytes)
      }
      found.body = Array(body.readableBytesView)
      found.durationMicroseconds = clock.microseconds() - start
      return .answered(found)
    } catch {
      return .failed(TransportFailure(error, headArrived: answer != nil), answer)
    }
  }

  /// The client's own deadline ends with the head: a body that comes a byte at a time would take
  /// for ever.
  private func within(
    _ time: Duration, _ collect: @escaping @Sendable () async throws -> ByteBuffer
  ) async throws -> ByteBuffer {
    try await withThrowingTaskGroup(of: ByteBuffer.self) { group in
      group.addTask { try await collect() }
      group.addTask {
        try await clock.sleep(time)
        throw AnswerTooLate()
      }
      defer { group.cancelAll() }
      guard let body = try await group.next() else { throw AnswerTooLate() }
      return body
    }
  }

  private func headers(
    _ headers: [OktaAnswer.Header], _ authorization: Secret?
  ) -> HTTPHeaders {
    var out = HTTPHeaders(HeaderPolicy.towardsOkta(headers).map { ($0.name, $0.value) })
    // The answer is read here, so it must come as it is.
    out.remove(name: "accept-encoding")
    authorize(&out, authorization)
    return out
  }

  private func authorize(_ headers: inout HTTPHeaders, _ authorization: Secret?) {
    authorization?.withBytes {
      headers.add(name: "authorization", value: String(decoding: $0, as: UTF8.self))
    }
  }

  // MARK: - Everything else

  /// A request that is passed on untouched.
  package struct Forward: Sendable {
    package var method: String
    /// Path and query as the client wrote them.
    package var target: String
    package var headers: [OktaAnswer.Header]
    /// The `Authorization` header that goes with it, whole.
    package var authorization: Secret?
    package var body: (any AsyncSequence<ByteBuffer, any Error> & Sendable)?
    /// In bytes, when the client said.
    package var contentLength: Int?

    package init(
      method: String, target: String, headers: [OktaAnswer.Header], authorization: Secret?,
      body: (any AsyncSequence<ByteBuffer, any Error> & Sendable)?, contentLength: Int?
    ) {
      self.method = method
      self.target = target
      self.headers = headers
      self.authorization = authorization
      self.body = body
      self.contentLength = contentLength
    }
  }

  /// An answer whose body is still on its way.
  package struct ForwardedAnswer: Sendable {
    package var status: Int
    package var headers: [OktaAnswer.Header]
    package var body: any AsyncSequence<ByteBuffer, any Error> & Sendable
  }

  /// Passes a request on, and its answer back, without holding either in memory.
  package func forward(_ forward: Forward) async throws(TransportFailure) -> ForwardedAnswer {
    var request = HTTPClientRequest(url: origin + forward.target)
    request.method = HTTPMethod(rawValue: forward.method)
    var headers = HTTPHeaders(
      HeaderPolicy.towardsOkta(forward.headers).map { ($0.name, $0.value) })
    authorize(&headers, forward.authorization)
    request.headers = headers
    if let body = forward.body {
      request.body = .stream(
        ErasedBody(base: body),
        length: forward.contentLength.map { .known(Int64($0)) } ?? .unknown)
    }
    do {
      let response = try await transport(request, TimeAmount(timeout))
      return ForwardedAnswer(
        status: Int(response.status.code),
        headers: response.headers.map { OktaAnswer.Header($0.name, $0.value) }, body: response.body)
    } catch {
      throw TransportFailure(error, headArrived: false)
    }
  }
}

/// Gives a body of any kind the one type that the client takes.
private struct ErasedBody: AsyncSequence, Sendable {
  let base: any AsyncSequence<ByteBuffer, any Error> & Sendable

  func makeAsyncIterator() -> Iterator { Iterator(base: base.makeAsyncIterator()) }

  struct Iterator: AsyncIteratorProtocol {
    var base: any AsyncIteratorProtocol<ByteBuffer, any Error>

    mutating func next() async throws -> ByteBuffer? {
      try await base.next(isolation: #isolation)
    }
  }
}

extension UpstreamCall.Operation {
  var isUpdate: Bool {
    if case .update = self { true } else { false }
  }
}

extension CallOutcome {
  /// What a whole answer says of a change.
  init(_ answer: OktaAnswer, isUpdate: Bool) {
    switch answer.status {
    case 200..<300 where isUpdate && answer.state == nil:
      // An update is answered with the connection. Whatever this is, it is not Okta's word for it.
      self = .unknown(
        reason: "status \(answer.status) came without the connection in its body", .whole(answer))
    case 200..<300: self = .succeeded(answer)
    case 400..<500: self = .refused(answer)
    default: self = .unknown(reason: "status \(answer.status)", .whole(answer))
    }
  }
}
