import Connections
import NIOCore
import NIOPosix
import OktaAPI

@testable import Sandbox

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// The apps of the samples, by short names.
enum App {
  static let org2Org = "0oaORG2ORG0000000001"
  static let zscaler = "0oaZSCALER0000000001"
  static let google = "0oaGOOGLE00000000001"
  static let office365 = "0oaOFFICE36500000001"
  static let slack = "0oaSLACK000000000001"
  static let zoom = "0oaZOOM0000000000001"
  static let bookmark = "0oaBOOKMARK000000001"
  static let nowhere = "0oaNOWHERE0000000001"

  static func id(_ text: String) -> AppID {
    guard let id = AppID(text) else { preconditionFailure("not an app id: \(text)") }
    return id
  }

  static func path(_ app: String, _ suffix: String = "") -> String {
    "/api/v1/apps/\(app)/connections/default" + suffix
  }
}

/// Bodies of updates.
enum Body {
  static func token(_ token: String, baseURL: String? = nil) -> String {
    let address = baseURL.map { #""baseUrl":"\#($0)","# } ?? ""
    return #"{\#(address)"profile":{"authScheme":"TOKEN","token":"\#(token)"}}"#
  }

  static let tokenWithoutToken = #"{"profile":{"authScheme":"TOKEN"}}"#
  static let consent = #"{"profile":{"authScheme":"OAUTH2"}}"#
  static let client = #"{"profile":{"authScheme":"OAUTH2","clientId":"0oaService"}}"#
  static let automaticClient =
    #"{"profile":{"authScheme":"OAUTH2","clientId":"0oaService","#
    + #""signing":{"rotationMode":"AUTO"}}}"#
}

extension SandboxOrganisation {
  /// One request as a value, in the first second of a minute unless told otherwise.
  func ask(
    _ method: String, _ target: String, _ body: String = "",
    authorization: String? = "SSWS 00sandboxAdminToken", second: Int64 = 1_200_000_000
  ) async -> SandboxAnswer {
    await answer(
      SandboxRequest(
        method, target, authorization: authorization, host: "org.example:8080",
        body: Array(body.utf8), now: Instant(microseconds: second * 1_000_000),
        random: (0..<54).map { UInt8($0) }))
  }

  func update(_ app: String, _ body: String, query: String = "") async -> SandboxAnswer {
    await ask("POST", App.path(app) + query, body)
  }
}

extension SandboxAnswer {
  var text: String { String(decoding: body, as: UTF8.self) }
  var json: JSONValue? { try? JSONValue(parsing: body) }
  var connectionStatus: String? { json?["status"]?.text }

  /// Status, and error code when there is one.
  var outcome: String {
    [String(status), json?["errorCode"]?.text].compactMap(\.self).joined(separator: " ")
  }

  func header(_ name: String) -> String? { headers.first { $0.name == name }?.value }
}

/// An HTTP client that knows nothing of HTTP, so that nothing of an answer is prettified.
enum RawClient {
  /// What came before the connection ended, and whether a reset ended it.
  struct Ending {
    var answer = ""
    var isReset = false
  }

  /// Sends a text and reads until the other side ends the connection.
  static func exchange(_ text: String, port: Int) async throws -> Ending {
    let channel = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
      .connect(host: "127.0.0.1", port: port) { channel in
        channel.eventLoop.makeCompletedFuture {
          try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
        }
      }
    return try await channel.executeThenClose { inbound, outbound in
      try await outbound.write(ByteBuffer(string: text))
      var ending = Ending()
      do {
        for try await chunk in inbound { ending.answer += String(buffer: chunk) }
      } catch let error as IOError {
        ending.isReset = error.errnoCode == ECONNRESET
      }
      return ending
    }
  }

  /// A cut may come as a reset; what had arrived is the answer.
  static func send(_ text: String, port: Int) async throws -> String {
    try await exchange(text, port: port).answer
  }

  static func ask(
    _ method: String, _ target: String, _ body: String = "", port: Int
  ) async throws -> String {
    try await send(request(method, target, body, port: port), port: port)
  }

  static func request(
    _ method: String, _ target: String, _ body: String = "", port: Int
  ) -> String {
    """
    \(method) \(target) HTTP/1.1\r
    Host: 127.0.0.1:\(port)\r
    Authorization: SSWS00sandboxAdminToken\r
    Content-Type: application/json\r
    Content-Length: \(body.utf8.count)\r
    Connection: close\r
    \r
    \(body)
    """
  }
}
