import AsyncHTTPClient
import Connections
import NIOCore
import NIOHTTP1

/// What a running server tells of its journal.
struct Served: Sendable {
  let origin: String
  let token: Secret
  let client: HTTPClient

  /// Whether it shows the last events of a journal as they were recorded, byte for byte.
  ///
  /// - Parameter count: so many, and those that were recorded at the same moment as the first.
  func shows(last count: Int, of all: [Event]) async -> Bool {
    guard let first = all.suffix(count).first else { return true }
    let events = all[(all.firstIndex { $0.recordedAt == first.recordedAt } ?? 0)...]
    var request = HTTPClientRequest(
      url: origin + "/hindsight/v1/events?limit=\(events.count)&from=\(first.recordedAt)")
    token.withBytes {
      request.headers.add(
        name: "Authorization", value: "Bearer " + String(decoding: $0, as: UTF8.self))
    }
    guard let response = try? await client.execute(request, timeout: .seconds(30)),
      let body = try? await response.body.collect(upTo: 64 << 20)
    else { return false }
    let bodies = events.map(\.canonicalBytes).joined(separator: ",".utf8)
    let page = Array(#"{"events":["#.utf8) + bodies + Array(#"],"nextCursor":"#.utf8)
    return body.readableBytesView.starts(with: page)
  }
}
