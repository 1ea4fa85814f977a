import Commands
import Fixtures
import NIOCore
import Testing

/// What a gateway says on one connection until it closes it.
struct Conversation {
  let text: String

  /// The status of each answer, in their order.
  var statuses: [Int] {
    text.matches(of: #/HTTP/1\.1 (\d{3}) /#).compactMap { Int($0.1) }
  }
}

extension RunningGateway {
  /// Sends bytes, and listens until the gateway closes the connection.
  func converse(_ bytes: some Sequence<UInt8>) async throws -> Conversation {
    let request = ByteBuffer(bytes: bytes)
    let said = try await RawSocket.connect(to: port).executeThenClose { inbound, outbound in
      await withTaskGroup(of: Void.self) { group in
        group.addTask { try? await outbound.write(request) }
        var said: [UInt8] = []
        // A cut may come as a reset; what had arrived was said.
        do {
          for try await part in inbound { said += part.readableBytesView }
        } catch {}
        group.cancelAll()
        return said
      }
    }
    return Conversation(text: String(decoding: said, as: UTF8.self))
  }

  /// A request of exactly these lines after its first one and the operator's credential.
  func request(
    _ method: String, _ target: String, _ lines: [String], _ body: String = ""
  ) -> [UInt8] {
    let head = [
      "\(method) \(target) HTTP/1.1", "Host: 127.0.0.1",
      "Authorization: SSWS \(token(of: .operator))",
    ]
    return Array(((head + lines).joined(separator: "\r\n") + "\r\n\r\n" + body).utf8)
  }

  /// An update of these lines and this body.
  func update(_ lines: [String], _ body: String = "") -> [UInt8] {
    request("POST", Self.connection, lines, body)
  }

  /// Expects that neither Okta nor the journal heard of anything, and that the next caller is
  /// served.
  func expectUnmoved(
    since events: Int, _ location: SourceLocation = #_sourceLocation
  ) async throws {
    await lane.commands.drain()
    #expect(await lane.sandbox.allCalls == 0, sourceLocation: location)
    #expect(try await lane.events().count == events, sourceLocation: location)
    let next = try await ask("GET", "/health/live", as: .nobody)
    #expect(next.status == 200, sourceLocation: location)
  }
}
