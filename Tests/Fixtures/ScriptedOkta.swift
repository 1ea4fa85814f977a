import NIOCore
import NIOPosix
import Synchronization

/// An upstream that says exactly what a test writes, and keeps exactly what it was sent.
package final class ScriptedOkta: Sendable {
  /// Gets a request with head and body, and gives the answer's bytes; none cuts the connection.
  package typealias Script = @Sendable (_ request: String) async -> String

  private let script: Script
  private let answersHeads: Bool
  private let heard = Mutex<[String]>([])
  private let bound = Mutex<Int>(0)

  private init(_ script: @escaping Script, answersHeads: Bool) {
    self.script = script
    self.answersHeads = answersHeads
  }

  package var origin: String { "http://127.0.0.1:\(bound.withLock { $0 })" }

  /// The requests in the order of their arrival.
  package var requests: [String] { heard.withLock { $0 } }

  /// - Parameter answersHeads: it answers as soon as it has heard a head.
  package static func lend(
    _ script: @escaping Script, answersHeads: Bool = false,
    _ body: (ScriptedOkta) async throws -> Void
  ) async throws {
    let okta = ScriptedOkta(script, answersHeads: answersHeads)
    let server = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
      .bind(host: "127.0.0.1", port: 0) { channel in
        channel.eventLoop.makeCompletedFuture {
          try RawSocket.Channel(wrappingChannelSynchronously: channel)
        }
      }
    okta.bound.withLock { $0 = server.channel.localAddress?.port ?? 0 }
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask {
        try? await server.executeThenClose { clients in
          await withDiscardingTaskGroup { exchanges in
            do {
              for try await client in clients {
                exchanges.addTask { try? await okta.serve(client) }
              }
            } catch {}
          }
        }
      }
      let result: Result<Void, any Error>
      do { result = .success(try await body(okta)) } catch { result = .failure(error) }
      group.cancelAll()
      try await group.waitForAll()
      try result.get()
    }
  }

  /// An answer after which the connection ends.
  package static func answer(
    _ status: Int, _ headers: [String] = ["Content-Type: application/json"], _ body: String = ""
  ) -> String {
    let length = status == 204 ? [] : ["Content-Length: \(body.utf8.count)"]
    let head = ["HTTP/1.1 \(status) Scripted"] + headers + length + ["Connection: close"]
    return head.joined(separator: "\r\n") + "\r\n\r\n" + body
  }

  private func serve(_ client: RawSocket.Channel) async throws {
    try await client.executeThenClose { inbound, outbound in
      var request = ""
      for try await part in inbound {
        request += String(buffer: part)
        guard Self.isWhole(request) || answersHeads && request.contains("\r\n\r\n") else {
          continue
        }
        let whole = request
        heard.withLock { $0.append(whole) }
        let answer = await script(whole)
        guard !answer.isEmpty else { return }
        return try await outbound.write(ByteBuffer(string: answer))
      }
    }
  }

  private static func isWhole(_ request: String) -> Bool {
    let parts = request.utf8.split(separator: 10, omittingEmptySubsequences: false)
    guard let end = parts.firstIndex(where: { $0.elementsEqual([13]) }) else { return false }
    let head = parts[..<end].map { String(decoding: $0, as: UTF8.self).lowercased() }
    if head.contains(where: { $0.hasPrefix("transfer-encoding:") }) {
      return request.hasSuffix("0\r\n\r\n")
    }
    let length = head.first { $0.hasPrefix("content-length:") }
      .flatMap { Int($0.dropFirst(15).filter(\.isNumber)) }
    let headBytes = parts[...end].map { $0.count + 1 }.reduce(0, +)
    return request.utf8.count >= headBytes + (length ?? 0)
  }
}
