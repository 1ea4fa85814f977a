import Connections
import Evidence
import HTTPTypes
import Hummingbird
import NIOCore
import TransparencyLog

/// The files of the log, as c2sp.org/tlog-tiles has them, below `/hindsight/v1/log/`.
enum LogRoute: Hashable, Sendable {
  case checkpoint
  case tile(TilePath)
  /// That the event with an index is in the signed tree; `nil` for what is no index.
  case proof(Int?)
  /// Looks like a tile's path, and is none.
  case noSuchTile

  /// - Parameter path: the segments below `log`.
  init?(_ path: [String]) {
    if path == ["checkpoint"] {
      self = .checkpoint
    } else if path.count == 2, path[0] == "proof" {
      self = .proof(path[1].utf8.allSatisfy { (48...57).contains($0) } ? Int(path[1]) : nil)
    } else {
      guard path.first == "tile", path.count > 2 else { return nil }
      self = TilePath(path.joined(separator: "/")).map(LogRoute.tile) ?? .noSuchTile
    }
  }

  /// Checkpoints and hashes are for anyone: witnesses and monitors ask without a token, and a hash
  /// over an event with its random ids shows nothing of it but that it is there. The entries are
  /// the events themselves, with names, reasons and addresses: they are for reviewers.
  var role: Role? {
    switch self {
    case .checkpoint, .noSuchTile: nil
    case .proof: .reviewer
    case .tile(let path): path.kind == .entries ? .reviewer : nil
    }
  }
}

extension Gateway {
  func respond(to request: GatewayRequest, log route: LogRoute) async -> Response {
    if let role = route.role {
      do throws(Doorkeeper.Denial) {
        _ = try await doorkeeper.admitToken(request, needing: role)
      } catch { return problem(error) }
    }
    guard let log else { return Self.nothingSigned }
    do {
      switch route {
      case .checkpoint:
        guard let note = try await log.checkpoint() else { return Self.nothingSigned }
        return raw(note, type: "text/plain; charset=utf-8", keep: "no-cache")
      case .proof(let index): return try await proof(of: index, in: log)
      case .noSuchTile: return tileNotThere("such tile")
      case .tile(let path):
        guard let bytes = try await log.contents(of: path) else {
          return tileNotThere("\(path), or not that much of it")
        }
        // What a tile of a width holds never changes.
        let whose = route.role == nil ? "public" : "private"
        return raw(
          bytes, type: "application/octet-stream",
          keep: "\(whose), max-age=31536000, immutable")
      }
    } catch {
      return Response.problem(
        503, "journal-unavailable",
        "The journal does not answer. Nothing was changed; see the log of the server.")
    }
  }

  /// A file that `hindsight log check` and others' tools check, with the event in it
  /// (c2sp.org/tlog-proof).
  func proof(of index: Int?, in log: PublishedLog) async throws -> Response {
    guard let index else {
      return Response.problem(
        404, "event-not-signed", "An event is named by its index, a number. Nothing was done.")
    }
    do {
      let found = try await log.proof(of: index)
      var response = raw(
        found.proof.bytes, type: "text/plain; charset=utf-8", keep: "private, no-cache")
      response.headers[.contentDisposition] = "attachment; filename=\"\(index).tlog-proof\""
      return response
    } catch let fault as ProofFault {
      return Response.problem(404, "event-not-signed", "\(fault) Nothing was done.")
    } catch LogExportFault.nothingSigned {
      return Self.nothingSigned
    }
  }

  private func tileNotThere(_ name: String) -> Response {
    Response.problem(404, "tile-not-there", "The signed log has no \(name).")
  }

  private static var nothingSigned: Response {
    Response.problem(404, "nothing-signed", "Nothing of this log is signed yet.")
  }

  private func raw(_ bytes: [UInt8], type: String, keep: String) -> Response {
    Response(
      status: .ok, headers: [.contentType: type, .cacheControl: keep],
      body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
  }
}
