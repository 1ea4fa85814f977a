package import NIOCore
import NIOPosix
package import OktaAPI

/// A client that knows nothing of HTTP: it sends exact bytes, and prettifies nothing of an answer.
package enum RawSocket {
  package struct NoAnswer: Error {}

  package typealias Channel = NIOAsyncChannel<ByteBuffer, ByteBuffer>

  /// Sends bytes and reads one answer.
  ///
  /// - Parameter isHead: the answer has no body, whatever its head says.
  package static func send(
    _ bytes: some Sequence<UInt8>, to port: Int, isHead: Bool = false
  ) async throws -> RawAnswer {
    guard let answer = try await exchange(bytes, port: port, isHead: isHead, hangsUp: false) else {
      throw NoAnswer()
    }
    return answer
  }

  /// Sends bytes and says that no more will come; the other side may answer or not.
  package static func sendAndHangUp(
    _ bytes: some Sequence<UInt8>, to port: Int
  ) async throws -> RawAnswer? {
    try await exchange(bytes, port: port, isHead: false, hangsUp: true)
  }

  private static func exchange(
    _ bytes: some Sequence<UInt8>, port: Int, isHead: Bool, hangsUp: Bool
  ) async throws -> RawAnswer? {
    let request = ByteBuffer(bytes: bytes)
    return try await connect(to: port).executeThenClose { inbound, outbound in
      await withTaskGroup(of: Void.self) { group in
        group.addTask {
          // An answer may come before everything was read, and then nobody reads the rest.
          try? await outbound.write(request)
          if hangsUp { outbound.finish() }
        }
        var reader = AnswerReader(isHead: isHead)
        // A cut may come as a reset; what had arrived is the answer.
        do {
          for try await part in inbound where reader.take(part) { break }
        } catch {}
        group.cancelAll()
        return reader.answer
      }
    }
  }

  /// A connection for whoever wants to say something only after hearing something.
  package static func connect(to port: Int) async throws -> Channel {
    try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
      .channelOption(.allowRemoteHalfClosure, value: true)
      .connect(host: "127.0.0.1", port: port) { channel in
        channel.eventLoop.makeCompletedFuture {
          try Channel(
            wrappingChannelSynchronously: channel,
            configuration: .init(isOutboundHalfClosureEnabled: true))
        }
      }
  }
}

/// An answer as it came over the wire.
package struct RawAnswer: Sendable {
  package struct Header: Sendable {
    package var name: String
    package var value: String
  }

  package var status: Int
  package var headers: [Header]
  /// Without its chunks.
  package var body: [UInt8]
  /// All of it, head and body.
  package var raw: [UInt8]

  package func all(_ name: String) -> [String] {
    headers.filter { $0.name.lowercased() == name.lowercased() }.map(\.value)
  }

  package func header(_ name: String) -> String? { all(name).first }
  package var text: String { String(decoding: body, as: UTF8.self) }
  package var json: JSONValue? { try? JSONValue(parsing: body) }
  package var errorCode: String? { json?["errorCode"]?.text }
  package var rawText: String { String(decoding: raw, as: UTF8.self) }
}

/// Reads one answer, and knows when it is whole.
struct AnswerReader {
  private var bytes: [UInt8] = []
  private var head: RawAnswer?
  private var headEnd = 0
  private let isHead: Bool

  init(isHead: Bool) { self.isHead = isHead }

  /// - Returns: whether the answer is whole.
  mutating func take(_ part: ByteBuffer) -> Bool {
    bytes += part.readableBytesView
    if head == nil { readHead() }
    guard let head else { return false }
    if isHead || head.status == 204 || head.status == 304 { return true }
    if let length = head.header("content-length").flatMap({ Int($0) }) {
      return bytes.count >= headEnd + length
    }
    return isChunked && bytes.suffix(5).elementsEqual("0\r\n\r\n".utf8)
  }

  var answer: RawAnswer? {
    var answer = head
    let body = Array(bytes[headEnd...])
    answer?.body = isChunked ? Self.withoutChunks(body) : body
    answer?.raw = bytes
    return answer
  }

  private var isChunked: Bool { head?.header("transfer-encoding")?.lowercased() == "chunked" }

  private mutating func readHead() {
    guard let end = bytes.firstRange(of: Array("\r\n\r\n".utf8)) else { return }
    let lines = String(decoding: bytes[..<end.lowerBound], as: UTF8.self)
      .split(separator: "\r\n", omittingEmptySubsequences: false)
    guard let first = lines.first, let status = Int(first.dropFirst(9).prefix(3)) else { return }
    // What announces that one may go on sending is no answer.
    guard status != 100 else {
      bytes.removeSubrange(..<end.upperBound)
      return readHead()
    }
    let headers = lines.dropFirst().map { line in
      let parts = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
      return RawAnswer.Header(
        name: String(parts[0]),
        value: String((parts.last ?? "").drop { $0 == " " || $0 == "\t" }))
    }
    head = RawAnswer(status: status, headers: headers, body: [], raw: [])
    headEnd = end.upperBound
  }

  private static func withoutChunks(_ bytes: [UInt8]) -> [UInt8] {
    var out: [UInt8] = []
    var rest = bytes[...]
    while let lineEnd = rest.firstIndex(of: 13),
      let size = Int(String(decoding: rest[..<lineEnd], as: UTF8.self), radix: 16), size > 0
    {
      let start = lineEnd + 2
      out += rest[start..<min(start + size, rest.endIndex)]
      rest = rest.dropFirst(min(rest.count, start - rest.startIndex + size + 2))
    }
    return out
  }
}
