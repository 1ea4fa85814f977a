import AsyncHTTPClient
import Connections
import Foundation
import NIOCore
import NIOHTTP1

/// What became of one change that a client asked for.
struct SoakRequest: Sendable {
  enum Answer: Sendable, Hashable {
    case status(Int)
    /// The connection was refused, or closed before an answer.
    case none
  }

  /// Told to the gateway as the reason, so that it is found in the journal without an answer.
  var name: String
  var operation: ConnectionCommand.Kind
  var answer: Answer
  /// From the answer's `Hindsight-Command-Id`.
  var commandID: CommandID?
  var seconds: Double
}

/// Many clients, each of which changes connections one after the other until it is told to stop or
/// nobody answers any more.
struct SoakClients: Sendable {
  let gateway: String
  let count: Int
  let pause: Duration
  let client: HTTPClient
  /// The end of the load, for clients that are still answered then.
  let deadline: ContinuousClock.Instant

  /// Apps of one client, which are no other's.
  static let appsEach = 20

  func run() async -> [SoakRequest] {
    await withTaskGroup(of: [SoakRequest].self) { group in
      for number in 0..<count { group.addTask { await one(number) } }
      return await group.reduce(into: []) { $0 += $1 }
    }
  }

  private func one(_ number: Int) async -> [SoakRequest] {
    var requests: [SoakRequest] = []
    var unanswered = 0
    // Not all at once at the beginning.
    try? await Task.sleep(for: pause * Double(number) / Double(count))
    for turn in 0... {
      // A doubt holds up the next change of its connection: people go on with another one.
      let app = MadeHistory.app(number * Self.appsEach + turn / 10 % Self.appsEach)
      let request = await ask(app, turn, name: "soak-\(number)-\(turn)")
      requests.append(request)
      unanswered = request.answer == .none ? unanswered + 1 : 0
      guard unanswered < 3, ContinuousClock.now < deadline else { break }
      try? await Task.sleep(for: pause)
    }
    return requests
  }

  private func ask(_ app: AppID, _ turn: Int, name: String) async -> SoakRequest {
    let operation: ConnectionCommand.Kind =
      switch turn % 10 {
      case 7: .activate
      case 9: .deactivate
      default: .update
      }
    var request = HTTPClientRequest(url: gateway + path(app, operation))
    request.method = .POST
    request.headers = [
      "Authorization": "SSWS 00sandboxAdminToken", "Hindsight-Reason": name,
    ]
    if turn.isMultiple(of: 8) { request.headers.add(name: "Idempotency-Key", value: name) }
    if operation == .update {
      request.headers.add(name: "Content-Type", value: "application/json")
      let body = #"{"profile":{"authScheme":"TOKEN","token":"\#(name)"}}"#
      request.body = .bytes(ByteBuffer(string: body))
    }
    var made = SoakRequest(name: name, operation: operation, answer: .none, seconds: 0)
    let began = ContinuousClock.now
    // What is not answered is looked up in the journal afterwards.
    if let response = try? await client.execute(request, timeout: .seconds(90)) {
      made.commandID = response.headers.first(name: "Hindsight-Command-Id").flatMap {
        CommandID($0)
      }
      if (try? await response.body.collect(upTo: 1 << 20)) != nil {
        made.answer = .status(Int(response.status.code))
      }
    }
    made.seconds = (ContinuousClock.now - began) / .seconds(1)
    return made
  }

  private func path(_ app: AppID, _ operation: ConnectionCommand.Kind) -> String {
    let connection = "/api/v1/apps/\(app)/connections/default"
    return switch operation {
    case .update, .verify: connection + "?activate=true"
    case .activate: connection + "/lifecycle/activate"
    case .deactivate: connection + "/lifecycle/deactivate"
    }
  }
}

/// Keeps the sandbox failing: one call after the other, each in another way.
struct SoakFaults: Sendable {
  let sandbox: String
  let client: HTTPClient
  let pause: Duration

  private static let faults = [
    #"{"fault":"status","status":500,"applied":false}"#,
    #"{"fault":"latency","milliseconds":200}"#, #"{"fault":"cutHead","applied":true}"#,
    #"{"fault":"rateLimit"}"#, #"{"fault":"status","status":500,"applied":true}"#,
    #"{"fault":"latency","milliseconds":800}"#, #"{"fault":"cutHead","applied":false}"#,
    #"{"fault":"cutBody","applied":true}"#, #"{"fault":"rateLimitWithoutHeaders"}"#,
    #"{"fault":"status","status":503,"applied":false}"#,
  ]

  /// Until its task is cancelled.
  ///
  /// - Returns: how many were set.
  func run() async -> Int {
    for turn in 0... {
      var request = HTTPClientRequest(url: sandbox + "/sandbox/faults")
      request.method = .POST
      request.body = .bytes(ByteBuffer(string: Self.faults[turn % Self.faults.count]))
      guard !Task.isCancelled,
        let response = try? await client.execute(request, timeout: .seconds(10)),
        response.status == .ok
      else { return turn }
      _ = try? await response.body.collect(upTo: 1 << 16)
      try? await Task.sleep(for: pause)
    }
    return 0
  }

  /// How many changes have arrived at the sandbox.
  func changes() async throws -> Int {
    let request = HTTPClientRequest(url: sandbox + "/sandbox/calls")
    let response = try await client.execute(request, timeout: .seconds(10))
    let body = try await response.body.collect(upTo: 1 << 16)
    let counts =
      try JSONSerialization.jsonObject(with: Data(body.readableBytesView)) as? [String: Int] ?? [:]
    return ["update", "activate", "deactivate"].reduce(0) { $0 + (counts[$1] ?? 0) }
  }
}
