import AsyncHTTPClient
import Connections
import Logging
import NIOCore
import Sandbox
import ServiceLifecycle
import Synchronization
import Upstream

/// What all rounds share: one pretend organisation on a real port, one client, and the simulated
/// disks below a directory of their own.
struct Stage: Sendable {
  let directory: String
  let disks: SimulatedDisks
  let organisation: SandboxOrganisation
  let origin: String
  let client: HTTPClient
  let witness: Witness

  struct NotListening: Error {}

  /// Lends a stage, and clears it away whatever happens on it.
  static func lend<Value: Sendable>(
    in directory: String, _ body: (Stage) async throws -> Value
  ) async throws -> Value {
    let disks = try DiskVFS.install()
    let witness = Witness()
    let world = SimulatedWorld(dice: Dice(seed: 0))
    var switches = SandboxSwitches()
    switches.callsPerMinute = 999_999_999
    let organisation = SandboxOrganisation(switches: switches, witness: { witness.note($0) })
    let logger = Logger(label: "selftest") { _ in SwiftLogNoOpLogHandler() }
    let server = SandboxServer(
      organisation: organisation, address: ("127.0.0.1", 0), clock: { SimulatedWorld.start },
      random: { world.random($0) }, logger: logger)
    let services = ServiceGroup(
      configuration: .init(services: [server], gracefulShutdownSignals: [], logger: logger))
    return try await withThrowingTaskGroup(of: Void.self) { tasks in
      tasks.addTask { try await services.run() }
      guard let port = await server.whenListening() else { throw NotListening() }
      let client = HTTPClient(
        eventLoopGroup: HTTPClient.defaultEventLoopGroup,
        configuration: UpstreamClient.configuration(connectTimeoutSeconds: 5, timeoutSeconds: 20))
      let result: Result<Value, any Error>
      do {
        result = .success(
          try await body(
            Stage(
              directory: directory, disks: disks, organisation: organisation,
              origin: "http://127.0.0.1:\(port)", client: client, witness: witness)))
      } catch { result = .failure(error) }
      try? await client.shutdown()
      await services.triggerGracefulShutdown()
      try await tasks.waitForAll()
      return try result.get()
    }
  }

  /// What carries the requests of a program above a disk: no byte leaves and no answer arrives
  /// once the power is cut, and none leaves with what is to be unreachable.
  func transport(above disk: SimulatedDisk?) -> UpstreamClient.Transport {
    let client = client
    return { request, timeout in
      try disk?.passNetwork()
      guard !request.url.contains(Plan.Order.unreachable) else {
        throw HTTPClientError.connectTimeout
      }
      let response = try await client.execute(request, timeout: timeout)
      try disk?.passNetwork()
      return response
    }
  }
}

/// What arrived at the sandbox, by connection.
final class Witness: Sendable {
  private let calls = Mutex<[AppID: [SandboxCall]]>([:])

  func note(_ call: SandboxCall) {
    guard let app = call.appID else { return }
    calls.withLock { calls in
      if !call.tookEffect {
        calls[app, default: []].append(call)
      } else if let place = calls[app]?.firstIndex(where: { $0.number == call.number }) {
        calls[app]?[place] = call
      }
    }
  }

  func calls(for apps: [AppID]) -> [SandboxCall] {
    calls.withLock { calls in apps.flatMap { calls[$0] ?? [] } }
  }

  func forget(_ apps: [AppID]) { calls.withLock { calls in for app in apps { calls[app] = nil } } }
}
