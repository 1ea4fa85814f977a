import AsyncHTTPClient
import Connections
import EventStore
import NIOHTTP1
import OktaAPI
import Synchronization

/// Which command of each connection is on its way: the last that was intended, for one follows
/// another.
final class Flights: Sendable {
  private let last = Mutex<[AppID: CommandID]>([:])

  func note(_ events: [Event]) {
    last.withLock { last in
      for event in events where event.payload.kind == .intended {
        if let app = event.stream.appID { last[app] = event.context.commandID }
      }
    }
  }

  /// A request with the id of the command on whose behalf it leaves.
  func marked(_ request: HTTPClientRequest, from origin: String) -> HTTPClientRequest {
    guard request.method == .POST, request.url.hasPrefix(origin),
      let app = OktaRoute(
        method: "POST", target: String(request.url.dropFirst(origin.count))
      ).appID, let command = last.withLock({ $0[app] })
    else { return request }
    var request = request
    request.url += (request.url.contains("?") ? "&" : "?") + "mark=\(command)"
    return request
  }
}

/// A journal's writer that tells what was intended.
struct FlightWriter: JournalWriter {
  let base: any JournalWriter
  let flights: Flights

  func append(_ batch: AppendBatch) async throws(JournalFault) -> [Event] {
    let events = try await base.append(batch)
    flights.note(events)
    return events
  }

  func scrub() async throws(JournalFault) -> Bool { try await base.scrub() }
  func check() async throws(JournalFault) { try await base.check() }
}
