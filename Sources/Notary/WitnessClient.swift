package import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix
package import TransparencyLog

/// A witness of ours, somewhere else: ours or anybody's who speaks c2sp.org/tlog-witness.
package struct WitnessClient: Sendable {
  /// Its submission prefix, without a slash at the end.
  package let url: String
  package let key: VerificationKey
  private let client: HTTPClient
  private static let maximumBytes = 64 << 10
  private static let seconds: Int64 = 10

  package init(url: String, key: VerificationKey, client: HTTPClient) {
    self.url = url.hasSuffix("/") ? String(url.dropLast()) : url
    self.key = key
    self.client = client
  }

  package enum Answer: Hashable, Sendable {
    case cosigned(NoteSignature)
    /// It saw this size last.
    case conflict(size: Int)
    /// In words, for the log of the server.
    case refused(String)
    case unreachable(String)
  }

  package func ask(_ request: WitnessRequest) async -> Answer {
    var post = HTTPClientRequest(url: url + "/add-checkpoint")
    post.method = .POST
    post.headers.add(name: "Content-Type", value: "text/plain; charset=utf-8")
    post.body = .bytes(request.bytes)
    let status: Int
    let body: [UInt8]
    do { (status, body) = try await execute(post) } catch {
      return .unreachable(Self.words(error))
    }
    switch status {
    case 200: return cosignature(body, under: request.checkpoint)
    case 409:
      guard body.last == 0x0A, let size = Decimal.number(body.dropLast()) else {
        return .refused("it answered 409 without a size")
      }
      return .conflict(size: size)
    case 403: return .refused("it does not take our signature (403)")
    case 404: return .refused("it does not know this log (404)")
    case 422: return .refused("it does not take our consistency proof (422)")
    default: return .refused("it answered \(status)")
    }
  }

  /// The last checkpoint that it saw of a log, where it shows that.
  package func lastCheckpoint(of origin: String) async -> [UInt8]? {
    let get = HTTPClientRequest(url: "\(url)/\(WitnessMemory.name(of: origin))/checkpoint")
    guard let (status, body) = try? await execute(get), status == 200 else { return nil }
    return body
  }

  private static func words(_ error: any Error) -> String {
    switch error {
    case is CancellationError: "it was not waited for: this server ends"
    case is NIOTooManyBytesError: "its answer has more than \(maximumBytes) bytes"
    case is NIOConnectionError: "nothing answers at its address"
    case let error as HTTPClientError
    where [.deadlineExceeded, .readTimeout, .connectTimeout].contains(error):
      "it did not answer within \(seconds) seconds"
    case let error as IOError: "the connection to it: \(String(cString: strerror(error.errnoCode)))"
    default: "\(error)"
    }
  }

  private func execute(_ request: HTTPClientRequest) async throws -> (Int, [UInt8]) {
    let response = try await client.execute(request, timeout: .seconds(Self.seconds))
    let body = try await response.body.collect(upTo: Self.maximumBytes)
    return (Int(response.status.code), Array(body.readableBytesView))
  }

  /// Lines of other keys are passed over, as the standard has it.
  private func cosignature(_ lines: [UInt8], under checkpoint: [UInt8]) -> Answer {
    guard let note = try? SignedNote(parsing: checkpoint + lines) else {
      return .refused("its answer is no signature lines")
    }
    guard case .valid(.some) = note.check(key),
      let signature = note.signatures.first(where: { key.isNamed(by: $0) })
    else { return .refused("its answer has no valid cosignature by \(key.name)") }
    return .cosigned(signature)
  }
}
