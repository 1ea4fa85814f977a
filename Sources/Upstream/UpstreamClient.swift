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
  private let timeout: TimeAmount
  /// Microseconds of a clock that only runs forward.
  private let monotonicMicroseconds: @Sendable () -> Int

  /// The longest answer to one of the six operations, in bytes.
  private static let maximumAnswerBytes = 4 << 20

  /// Carries one request, within a time, and brings the head of its answer.
  package typealias Transport =
    @Sendable (HTTPClientRequest, TimeAmount) async throws -> HTTPClientResponse

  /// - Parameter timeoutSeconds: how long to wait for an answer's head, and for each further part
  ///   of it.
  package init(
    origin: String, client: HTTPClient, timeoutSeconds: Int,
    monotonicMicroseconds: @escaping @Sendable () -> Int
  ) {
    self.init(
      origin: origin, transport: { try await client.execute($0, timeout: $1) },
      timeoutSeconds: timeoutSeconds, monotonicMicroseconds: monotonicMicroseconds)
  }

  /// - Parameter transport: in place of a client's `execute`, where something stands in between.
  package init(
    origin: String, transport: @escaping Transport, timeoutSeconds: Int,
    monotonicMicroseconds: @escaping @Sendable () -> Int
  ) {
    self.origin = origin
    self.transport = transport
    self.timeout = .seconds(Int64(timeoutSeconds))
    self.monotonicMicroseconds = monotonicMicroseconds
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
      path: "/api/v1/apps/" + PathSegment.encode(appID.description) + "/connections/default",
      credential: credential, headers: headers)
  }

  private func read(
    path: String, credential: OktaCredential, headers: [OktaAnswer.Header]
  ) async -> ReadOutcome {
    var request = HTTPClientRequest(url: origin + path)
    request.method = .GET
    request.headers = self.headers(headers, credential)
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
    request.headers = headers(call.headers, call.credential)
    if case .update(let body) = call.operation {
      request.body = .bytes(ByteBuffer(bytes: body))
    }
    switch await answer(to: request) {
    case .answered(let answer): return CallOutcome(answer, isUpdate: call.operation.isUpdate)
    case .failed(let failure, _) where failure.isNotSent: return .notSent(reason: failure.reason)
    case .failed(let failure, let partial): return .unknown(reason: failure.reason, partial)
    }
  }

  private enum Answered {
    case answered(OktaAnswer)
    /// The answer holds what came before the failure, if its head did.
    case failed(TransportFailure, OktaAnswer?)
  }

  private func answer(to request: HTTPClientRequest) async -> Answered {
    let start = monotonicMicroseconds()
    var answer: OktaAnswer?
    do {
      let response = try await transport(request, timeout)
      var found = OktaAnswer(
        status: Int(response.status.code),
        headers: response.headers.map { OktaAnswer.Header($0.name, $0.value) }, body: [],
        durationMicroseconds: 0)
      answer = found
      let body = try await response.body.collect(upTo: Self.maximumAnswerBytes)
      found.body = Array(body.readableBytesView)
      found.durationMicroseconds = monotonicMicroseconds() - start
      return .answered(found)
    } catch {
      return .failed(TransportFailure(error, headArrived: answer != nil), answer)
    }
  }

  private func headers(
    _ headers: [OktaAnswer.Header], _ credential: OktaCredential?
  ) -> HTTPHeaders {
    var out = HTTPHeaders(HeaderPolicy.towardsOkta(headers).map { ($0.name, $0.value) })
    // The answer is read here, so it must come as it is.
    out.remove(name: "accept-encoding")
    authorize(&out, credential)
    return out
  }

  private func authorize(_ headers: inout HTTPHeaders, _ credential: OktaCredential?) {
    credential?.header.withBytes {
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
    package var credential: OktaCredential?
    package var body: (any AsyncSequence<ByteBuffer, any Error> & Sendable)?
    /// In bytes, when the client said.
    package var contentLength: Int?

    package init(
      method: String, target: String, headers: [OktaAnswer.Header], credential: OktaCredential?,
      body: (any AsyncSequence<ByteBuffer, any Error> & Sendable)?, contentLength: Int?
    ) {
      self.method = method
      self.target = target
      self.headers = headers
      self.credential = credential
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
    authorize(&headers, forward.credential)
    request.headers = headers
    if let body = forward.body {
      request.body = .stream(
        ErasedBody(base: body),
        length: forward.contentLength.map { .known(Int64($0)) } ?? .unknown)
    }
    do {
      let response = try await transport(request, timeout)
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
        reason: "status \(answer.status) came without the connection in its body", answer)
    case 200..<300: self = .succeeded(answer)
    case 400..<500: self = .refused(answer)
    default: self = .unknown(reason: "status \(answer.status)", answer)
    }
  }
}
