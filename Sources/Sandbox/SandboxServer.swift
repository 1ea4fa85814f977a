package import Connections
import HTTPTypes
import Hummingbird
package import Logging
import NIOCore
import ServiceLifecycle

/// The organisation behind a real port. Whoever reaches the port can steer it, so it should listen
/// on loopback only.
package struct SandboxServer: Service {
  private let address: (host: String, port: Int)
  private let responder: SandboxResponder
  private let logger: Logger
  private let port = BoundPort()

  /// - Parameters:
  ///   - address: port 0 lets the system choose.
  ///   - random: gives so many random bytes.
  package init(
    organisation: SandboxOrganisation, address: (host: String, port: Int),
    clock: @escaping @Sendable () -> Instant, random: @escaping @Sendable (Int) -> [UInt8],
    logger: Logger
  ) {
    self.address = address
    self.logger = logger
    responder = SandboxResponder(
      organisation: organisation, clock: clock, random: random, logger: logger)
  }

  /// The port, as soon as it accepts connections; `nil` when the server ended without listening.
  package func whenListening() async -> Int? { await port.value() }

  /// Serves until the task is cancelled or the service group shuts down.
  package func run() async throws {
    let port = port
    let organisation = responder.organisation
    let application = Application(
      responder: responder,
      configuration: .init(address: .hostname(address.host, port: address.port)),
      onServerRunning: { await port.set($0.localAddress?.port) }, logger: logger)
    let result: Result<Void, any Error>
    do {
      // A request that hangs would hold up the end for ever.
      try await withGracefulShutdownHandler {
        try await application.run()
      } onGracefulShutdown: {
        Task { await organisation.close() }
      }
      result = .success(())
    } catch {
      result = .failure(error)
    }
    await port.set(nil)
    try result.get()
  }
}

/// The port as a promise, kept once.
private actor BoundPort {
  private var port: Int??
  private var waiting: [CheckedContinuation<Int?, Never>] = []

  func set(_ value: Int?) {
    guard port == nil else { return }
    port = .some(value)
    for continuation in waiting { continuation.resume(returning: value) }
    waiting = []
  }

  func value() async -> Int? {
    if let port { return port }
    return await withCheckedContinuation { waiting.append($0) }
  }
}

/// Carries requests to the organisation, and its answers back in the way they ask for.
struct SandboxResponder: HTTPResponder {
  /// Holds the connection, so that it can be cut.
  struct Context: InitializableFromSource {
    let channel: any Channel
    init(source: ApplicationRequestContextSource) { channel = source.channel }
  }

  /// The connection was closed on purpose.
  private struct Cut: Error {}

  let organisation: SandboxOrganisation
  let clock: @Sendable () -> Instant
  let random: @Sendable (Int) -> [UInt8]
  let logger: Logger

  @Sendable func respond(to request: Request, context: Context) async throws -> Response {
    var asked = SandboxRequest(
      request.head.method.rawValue, request.head.path ?? "/",
      authorization: request.headers[.authorization], host: request.head.authority,
      now: clock(), random: random(SandboxRequest.randomBytes))
    if await organisation.resetsEarly(asked) {
      try? await context.channel.reset()
      throw Cut()
    }
    if !asked.isEcho {
      let body = try await request.body.collect(upTo: 1 << 20)
      asked.body = Array(body.readableBytesView)
    }
    let answer = await organisation.answer(asked)
    // Neither the query nor a body: both can carry secrets.
    logger.debug(
      "answered",
      metadata: [
        "method": "\(asked.method)", "path": "/\(asked.segments.joined(separator: "/"))",
        "status": "\(answer.status)",
      ])
    return try await response(answer, to: request, context)
  }

  private func response(
    _ answer: SandboxAnswer, to request: Request, _ context: Context
  ) async throws -> Response {
    var headers = HTTPFields()
    for header in answer.headers {
      guard let name = HTTPField.Name(header.name) else { continue }
      headers.append(HTTPField(name: name, value: header.value))
    }
    let status = HTTPResponse.Status(code: answer.status)
    let bytes = ByteBuffer(bytes: answer.body)
    switch answer.delivery {
    case .cutHead:
      try? await context.channel.close()
      throw Cut()
    case .cutHeaders:
      try? await context.channel.close(afterRaw: "HTTP/1.1 200 OK\r\nContent-Ty")
      throw Cut()
    case .reset:
      try? await context.channel.reset()
      throw Cut()
    case .cutBody:
      let half = bytes.getSlice(at: bytes.readerIndex, length: bytes.readableBytes / 2)
      let body = ResponseBody(contentLength: bytes.readableBytes) { writer in
        if let half { try await writer.write(half) }
        throw Cut()
      }
      return Response(status: status, headers: headers, body: body)
    case .dripBody:
      let body = ResponseBody(contentLength: Self.endlessBytes) { writer in
        try await drip(answer.body, to: &writer)
      }
      return Response(status: status, headers: headers, body: body)
    case .echo: return echo(request, headers)
    case .whole:
      let response = Response(status: status, headers: headers, body: .init(byteBuffer: bytes))
      return request.head.method == .head ? response.createHeadResponse() : response
    }
  }

  private static let endlessBytes = 1 << 20

  /// A byte at a time, and blanks after the last one, until the organisation lets go.
  private func drip(_ bytes: [UInt8], to writer: inout any ResponseBodyWriter) async throws {
    let round = await organisation.releases
    for place in 0... {
      let byte = place < bytes.count ? bytes[place] : UInt8(ascii: " ")
      try await writer.write(ByteBuffer(bytes: [byte]))
      try await Task.sleep(for: .milliseconds(50))
      guard await organisation.isHolding(since: round) else { throw Cut() }
    }
  }

  /// The body comes back as it arrives. `X-Echo-Headers` names the headers of the request.
  private func echo(_ request: Request, _ stamped: HTTPFields) -> Response {
    var headers = stamped
    headers[.contentType] = request.headers[.contentType]
    var names = request.headers.map { $0.name.canonicalName }
    if request.head.authority != nil { names.append("host") }
    if let name = HTTPField.Name("X-Echo-Headers") {
      headers[name] = names.sorted().joined(separator: ",")
    }
    let incoming = request.body
    let length = request.headers[.contentLength].flatMap { Int($0) }
    let body = ResponseBody(contentLength: length) { writer in
      for try await chunk in incoming { try await writer.write(chunk) }
      try await writer.finish(nil)
    }
    return Response(status: .ok, headers: headers, body: body)
  }
}
