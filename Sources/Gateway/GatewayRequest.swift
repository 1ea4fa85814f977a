import Connections
import HTTPTypes
package import Hummingbird
package import Logging
import NIOCore
import OktaAPI

/// What a connection of the server tells about itself.
package struct GatewayContext: InitializableFromSource {
  package let remoteAddress: String?
  package let logger: Logger
  /// Takes no more bytes from the client; it can still be answered.
  let stopReading: @Sendable () -> Void

  package init(source: ApplicationRequestContextSource) {
    let channel = source.channel
    stopReading = { channel.close(mode: .input, promise: nil) }
    remoteAddress = source.channel.remoteAddress?.ipAddress
    logger = source.logger
  }
}

/// A request, parsed once at the door.
struct GatewayRequest: Sendable {
  let method: String
  /// Path and query as the client wrote them; an absolute-form target has lost scheme and
  /// authority.
  let target: String
  let path: String
  let query: String?
  let headers: [OktaAnswer.Header]
  let authority: String?
  let body: RequestBody
  let contentLength: Int?
  let remoteAddress: String?
  let logger: Logger
  private let patience: BodyPatience

  /// The longest body of a change, in bytes.
  static let maximumBodyBytes = 1 << 20

  /// - Parameter sleep: measures how long its body may take.
  init(
    _ request: Request, _ context: GatewayContext,
    sleep: @escaping @Sendable (Duration) async throws -> Void
  ) {
    patience = BodyPatience(sleep: sleep, stopReading: context.stopReading)
    method = request.head.method.rawValue
    target = request.head.path ?? "/"
    (path, query) = OktaRoute.split(target)
    headers = request.headers.map { OktaAnswer.Header($0.name.rawName, $0.value) }
    authority = request.head.authority
    body = request.body
    // One beyond all bounds is too large, not absent.
    contentLength = request.headers[.contentLength].map { Int($0) ?? .max }
    remoteAddress = context.remoteAddress
    logger = context.logger
  }

  var hasReadablePath: Bool { OktaRoute.isWellFormed(path) }

  func header(_ name: String) -> String? {
    headers.first { $0.name.lowercased() == name }?.value
  }

  /// The whole body, or why it is not taken. Nothing was done with any of it.
  func wholeBody() async throws(BodyFault) -> [UInt8] {
    if let contentLength, contentLength > Self.maximumBodyBytes { throw .tooLarge }
    var bytes: [UInt8] = []
    var isCut = false
    let isLate = await patience.during {
      do {
        for try await part in body {
          bytes.append(contentsOf: part.readableBytesView)
          if bytes.count > Self.maximumBodyBytes { break }
        }
      } catch { isCut = true }
    }
    if isLate { throw .late }
    if isCut { throw .cut }
    guard bytes.count <= Self.maximumBodyBytes else { throw .tooLarge }
    guard contentLength.map({ $0 == bytes.count }) ?? true else { throw .cut }
    return bytes
  }

  var hasBody: Bool { (contentLength ?? 0) > 0 || header("transfer-encoding") != nil }

  /// The body for passing on; the patience with it begins.
  func arrivingBody() -> ArrivingBody { ArrivingBody(body, patience) }

  enum BodyFault: Error {
    case tooLarge
    /// The client hung up before the end.
    case cut
    /// It took longer than a body may take.
    case late
  }

  /// A parameter of the native API: given once and with a value, or not at all. An empty one may be
  /// a variable that was not set, and what it was to restrain would go unrestrained.
  func parameter(_ name: String) throws(Gateway.InputFault) -> String? {
    let values = OktaRoute.parameters(name, in: query)
    guard let value = values.first else { return nil }
    guard values.count == 1, !value.isEmpty else {
      throw Gateway.InputFault(
        detail: "\(name) must be given once and with a value, or not at all. Nothing was done.")
    }
    guard !value.unicodeScalars.contains("\0") else {
      throw Gateway.InputFault(detail: "\(name) has a NUL, which no text has. Nothing was done.")
    }
    return value
  }
}
