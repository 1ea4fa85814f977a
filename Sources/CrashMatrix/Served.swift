import AsyncHTTPClient
import Connections
import NIOCore
import NIOHTTP1

/// What a running server tells of its journal.
struct Served: Sendable {
  let origin: String
  let token: Secret
  let client: HTTPClient

  /// Whether it shows events that follow one another as they were recorded, byte for byte.
  func shows(_ events: [Event]) async -> Bool {
    guard let first = events.first else { return true }
    let cursor = first.index == 0 ? "" : "&cursor=\(first.index - 1)"
    var request = HTTPClientRequest(
      url: origin + "/hindsight/v1/events?limit=\(events.count)\(cursor)")
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
