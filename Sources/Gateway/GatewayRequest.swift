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

  package init(source: ApplicationRequestContextSource) {
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

  /// The longest body of a change, in bytes.
  static let maximumBodyBytes = 1 << 20

  init(_ request: Request, _ context: GatewayContext) {
    method = request.head.method.rawValue
    target = request.head.path ?? "/"
    (path, query) = OktaRoute.split(target)
    headers = request.headers.map { OktaAnswer.Header($0.name.rawName, $0.value) }
    authority = request.head.authority
    body = request.body
    // One beyond all bounds is too large, not absent.
    contentLength = request.headers[.contentLength].map { Int($0) ?? .max }
    remoteAddress = context.remoteAddress
  }

  var hasReadablePath: Bool { OktaRoute.isWellFormed(path) }

  func header(_ name: String) -> String? {
    headers.first { $0.name.lowercased() == name }?.value
  }

  /// The whole body, or why it is not taken. Nothing was done with any of it.
  func wholeBody() async throws(BodyFault) -> [UInt8] {
    if let contentLength, contentLength > Self.maximumBodyBytes { throw .tooLarge }
    var bytes: [UInt8] = []
    do {
      for try await part in body {
        bytes.append(contentsOf: part.readableBytesView)
        if bytes.count > Self.maximumBodyBytes { break }
      }
    } catch {
      throw .cut
    }
    guard bytes.count <= Self.maximumBodyBytes else { throw .tooLarge }
    guard contentLength.map({ $0 == bytes.count }) ?? true else { throw .cut }
    return bytes
  }

  enum BodyFault: Error {
    case tooLarge
    /// The client hung up before the end.
    case cut
  }

  func parameter(_ name: String) -> String? {
    OktaRoute.parameters(name, in: query).last.flatMap { $0.isEmpty ? nil : $0 }
  }
}
