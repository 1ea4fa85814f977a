import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix
import OktaAPI

/// Speaks to a running Hindsight server, and to Okta's routes behind it, as any client would.
struct ServerClient: Sendable {
  let origin: String
  private let token: String
  /// The longest answer that is taken whole, in bytes.
  private static let maximumBytes = 64 << 20

  /// A server that does not answer is told at once, not after a row of tries.
  private static let http = HTTPClient(
    eventLoopGroup: HTTPClient.defaultEventLoopGroup,
    configuration: {
      var configuration = HTTPClient.Configuration(timeout: .init(connect: .seconds(5)))
      configuration.connectionPool.retryConnectionEstablishment = false
      return configuration
    }())

  init(origin: String, token: String) {
    self.origin = origin.hasSuffix("/") ? String(origin.dropLast()) : origin
    self.token = token
  }

  struct Answer: Sendable {
    var status: Int
    var headers: HTTPHeaders
    var body: [UInt8]

    var json: JSONValue { (try? JSONValue(parsing: body)) ?? .null }
    var isSuccess: Bool { (200..<300).contains(status) }
  }

  enum Fault: Error {
    case unreachable(origin: String)
    /// It took the request, and its answer did not come.
    case cut(origin: String)
    case refused(status: Int, detail: String)

    var sentence: String {
      switch self {
      case .unreachable(let origin):
        """
        No Hindsight server answers at \(origin). Start `hindsight serve`, or name it by --server \
        or HINDSIGHT_SERVER.
        """
      case .cut(let origin):
        """
        The Hindsight server at \(origin) took the request, and its answer did not come: what was \
        asked may have been done, or may still be. Look before you ask again: `hindsight rollback \
        list`, `hindsight doubts`, `hindsight history APP`.
        """
      case .refused(401, let detail):
        "The server answered 401: \(detail) Here HINDSIGHT_TOKEN or --token-file names it."
      case .refused(let status, let detail): "The server answered \(status): \(detail)"
      }
    }
  }

  func send(
    _ method: HTTPMethod, _ path: String, body: JSONValue? = nil,
    headers: [(String, String)] = [], scheme: String = "Bearer"
  ) async throws -> Answer {
    var request = HTTPClientRequest(url: origin + path)
    request.method = method
    request.headers.add(name: "Authorization", value: scheme + " " + token)
    for (name, value) in headers { request.headers.add(name: name, value: value) }
    if let body {
      request.headers.add(name: "Content-Type", value: "application/json")
      request.body = .bytes(body.bytes)
    }
    do {
      let response = try await Self.http.execute(request, timeout: .seconds(120))
      let bytes = try await response.body.collect(upTo: Self.maximumBytes)
      return Answer(
        status: Int(response.status.code), headers: response.headers,
        body: Array(bytes.readableBytesView))
    } catch {
      throw Self.isBeforeTheRequest(error)
        ? Fault.unreachable(origin: origin) : Fault.cut(origin: origin)
    }
  }

  /// No connection was had, so nothing was asked.
  private static func isBeforeTheRequest(_ error: any Error) -> Bool {
    switch error {
    case is NIOConnectionError: true
    case let error as IOError: error.errnoCode == ECONNREFUSED
    case let error as HTTPClientError:
      [.connectTimeout, .invalidURL, .emptyHost, .emptyScheme].contains(error)
        || error.shortDescription.hasPrefix("Unsupported scheme")
    default: false
    }
  }

  /// The answer's body, or the problem that the server names.
  func value(
    _ method: HTTPMethod, _ path: String, body: JSONValue? = nil,
    headers: [(String, String)] = []
  ) async throws -> JSONValue {
    let answer = try await send(method, path, body: body, headers: headers)
    guard answer.isSuccess else {
      throw Fault.refused(
        status: answer.status, detail: answer.json["detail"]?.text ?? "(no details)")
    }
    return answer.json
  }

  /// All rows of a list, page after page.
  ///
  /// - Parameters:
  ///   - path: below `/hindsight/v1/`; the rows have its name.
  ///   - query: what is asked of the list; what is `nil` is not asked.
  func list(_ path: String, _ query: KeyValuePairs<String, String?> = [:]) async throws -> JSONValue
  {
    let asked = query.compactMap { name, value in value.map { name + "=" + Self.segment($0) } }
    var rows: [JSONValue] = []
    var cursor: String?
    repeat {
      let page = try await value(
        .GET,
        "/hindsight/v1/\(path)?"
          + (asked + (cursor.map { ["cursor=" + $0] } ?? [])).joined(separator: "&"))
      rows += page[path]?.elements ?? []
      cursor = page["nextCursor"]?.text
    } while cursor != nil
    return .object([.init(path, .array(rows))])
  }

  static func segment(_ text: String) -> String {
    var allowed = CharacterSet.alphanumerics
    allowed.insert(charactersIn: "-._~")
    return text.addingPercentEncoding(withAllowedCharacters: allowed) ?? text
  }
}
