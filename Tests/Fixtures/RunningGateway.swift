import Commands
package import Connections
import EventStore
import Evidence
package import Gateway
import Hummingbird
package import NIOCore
import OktaAPI
package import Projections
import Sandbox
package import TransparencyLog

/// A real gateway on a real port, over the write lane as it runs in earnest.
package struct RunningGateway: Sendable {
  package struct Setup: Sendable {
    package var lane = WriteLane.Setup()
    /// Callers bring their own Okta credential.
    package var relays = false
    package var publicOrigin: String?
    package var trustedProxies: Set<String> = []
    /// Those that are asked to cosign; all are needed.
    package var witnesses: [VerificationKey] = []
    /// Checks the journal for the pages.
    package var verifications: Verifications?
    package var limits = GatewayLimits(requestsPerMinute: 100_000)
    /// The patience of the doors, which does not end by itself.
    package var sleep: @Sendable (Duration) async throws -> Void = Alarm().sleep

    /// How long the server waits for a head, and between two parts of a request.
    package var silence = TimeAmount.seconds(75)

    package init() {}
  }

  /// Who may stand at the door.
  package enum Caller: String, Sendable, CaseIterable {
    /// Brings no credential at all.
    case nobody
    case stranger
    case revoked
    case reviewer
    case `operator`
    case admin
  }

  package let lane: WriteLane
  package let views: ConnectionViews
  package let port: Int
  private let tokens: [Caller: String]

  package static func lend(
    _ setup: Setup = Setup(), _ body: (RunningGateway) async throws -> Void
  ) async throws {
    try await WriteLane.lend(setup.lane) { lane in
      let views = try await ConnectionViews(
        directory: lane.directory.path, journal: lane.journal.reader,
        journalID: lane.journal.identity.id)
      var environment = lane.environment
      environment.sleep = setup.sleep
      var rooms = Gateway.Rooms(
        commands: lane.commands, access: lane.access, views: views, upstream: lane.upstream,
        log: PublishedLog(
          lane.journal.reader, witnesses: setup.witnesses, witnessQuorum: setup.witnesses.count))
      rooms.verifications = setup.verifications
      let gateway = Gateway(
        rooms: rooms,
        identity: Gateway.Identity(
          setup.relays ? .relay : .own(.sandboxAdmin), trustedProxies: setup.trustedProxies),
        publicOrigin: setup.publicOrigin, limits: setup.limits, environment: environment)
      let tokens = try await makeTokens(lane)
      let (ports, port) = AsyncStream<Int>.makeStream()
      let application = Application(
        responder: gateway, server: gateway.server(silence: setup.silence),
        configuration: .init(address: .hostname("127.0.0.1", port: 0)),
        onServerRunning: { port.yield($0.localAddress?.port ?? 0) }, logger: .silent)
      try await RunningService.lend(application) {
        guard let found = await ports.first(where: { _ in true }) else {
          throw RunningSandbox.NotListening()
        }
        let result: Result<Void, any Error>
        do {
          try await body(
            RunningGateway(lane: lane, views: views, port: found, tokens: tokens))
          result = .success(())
        } catch { result = .failure(error) }
        // A call that still hangs would hold up the end.
        await lane.sandbox.release()
        try result.get()
      }
    }
  }

  private static func makeTokens(_ lane: WriteLane) async throws -> [Caller: String] {
    var tokens: [Caller: String] = [.stranger: "hst_" + String(repeating: "0", count: 64)]
    func make(_ caller: Caller, _ role: Role) async throws -> UUIDv7 {
      let (record, token) = try await lane.access.create(
        name: caller.rawValue, role: role, context: EventContext(actor: .anna))
      tokens[caller] = token.withBytes { String(decoding: $0, as: UTF8.self) }
      return record.id
    }
    _ = try await make(.reviewer, .reviewer)
    _ = try await make(.operator, .operator)
    _ = try await make(.admin, .admin)
    let revoked = try await make(.revoked, .admin)
    _ = try await lane.access.revoke(revoked, context: EventContext(actor: .anna))
    return tokens
  }

  // MARK: - Asking

  package func token(of caller: Caller) -> String { tokens[caller] ?? "" }

  /// Sends exactly these lines, joined by CRLF, and the body after them.
  package func send(_ lines: [String], _ body: String = "") async throws -> RawAnswer {
    let text = lines.joined(separator: "\r\n") + "\r\n\r\n" + body
    return try await RawSocket.send(
      text.utf8, to: port, isHead: lines.first?.hasPrefix("HEAD ") == true)
  }

  /// An ordinary request.
  package func ask(
    _ method: String, _ target: String, as caller: Caller = .operator, headers: [String] = [],
    _ body: String? = nil
  ) async throws -> RawAnswer {
    var lines = ["\(method) \(target) HTTP/1.1", "Host: 127.0.0.1:\(port)"]
    if caller != .nobody { lines.append("Authorization: SSWS \(token(of: caller))") }
    lines += headers
    if let body {
      lines += ["Content-Type: application/json", "Content-Length: \(body.utf8.count)"]
    } else if method == "POST" {
      lines.append("Content-Length: 0")
    }
    return try await send(lines, body ?? "")
  }

  /// The path of a connection.
  package static func path(_ app: AppID, _ suffix: String = "") -> String {
    "/api/v1/apps/\(app)/connections/default" + suffix
  }
}
