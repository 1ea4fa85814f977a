import HTTPTypes
package import Hummingbird
import Logging
import NIOCore
import TransparencyLog

/// The door of a witness, as c2sp.org/tlog-witness has it.
package struct WitnessServer: HTTPResponder {
  package typealias Context = BasicRequestContext

  private let witness: Witness
  /// A request is a checkpoint and at most 63 hashes.
  private static let maximumBodyBytes = 64 << 10

  package init(_ witness: Witness) { self.witness = witness }

  package func respond(
    to request: Request, context: BasicRequestContext
  ) async throws -> Response {
    let path = request.uri.path
    if path == "/add-checkpoint" {
      guard request.method == .post else { return Response(status: .methodNotAllowed) }
      return await add(request, context.logger)
    }
    let parts = path.split(separator: "/", omittingEmptySubsequences: false)
    guard request.method == .get, parts.count == 3, parts[2] == "checkpoint",
      let note = try await witness.checkpoint(ofOriginHash: String(parts[1]))
    else { return Response(status: .notFound) }
    return answer(.ok, note)
  }

  private func add(_ request: Request, _ logger: Logger) async -> Response {
    do {
      let body = try await request.body.collect(upTo: Self.maximumBodyBytes)
      switch try await witness.add(Array(body.readableBytesView)) {
      case .cosigned(let lines): return answer(.ok, lines)
      case .badRequest: return Response(status: .badRequest)
      case .unknownLog: return Response(status: .notFound)
      case .badSignature: return Response(status: .forbidden)
      case .badProof: return Response(status: .unprocessableContent)
      case .conflict(let size):
        return answer(.conflict, Array("\(size)\n".utf8), type: "text/x.tlog.size")
      }
    } catch let fault as WitnessMemoryFault {
      logger.error("nothing is cosigned", metadata: ["fault": "\(fault)"])
      return Response(status: .internalServerError)
    } catch {
      return Response(status: .badRequest)
    }
  }

  private func answer(
    _ status: HTTPResponse.Status, _ bytes: [UInt8], type: String = "text/plain; charset=utf-8"
  ) -> Response {
    Response(
      status: status, headers: [.contentType: type],
      body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
  }
}
