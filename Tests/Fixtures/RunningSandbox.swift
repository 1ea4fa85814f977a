package import Connections
package import Logging
package import Sandbox
package import ServiceLifecycle

/// A pretend Okta organisation on a real port, for the length of a test.
package struct RunningSandbox: Sendable {
  package let organisation: SandboxOrganisation
  package let port: Int
  package var origin: String { "http://127.0.0.1:\(port)" }

  package static func lend(
    _ switches: SandboxSwitches = .init(), in world: StillLife = StillLife(),
    _ body: (RunningSandbox) async throws -> Void
  ) async throws {
    let organisation = SandboxOrganisation(switches: switches)
    let server = SandboxServer(
      organisation: organisation, address: ("127.0.0.1", 0), clock: { world.now },
      random: { world.random($0) }, logger: .silent)
    try await RunningService.lend(server) {
      guard let port = await server.whenListening() else { throw NotListening() }
      try await body(RunningSandbox(organisation: organisation, port: port))
    }
  }

  package struct NotListening: Error {}
}

extension SandboxOrganisation {
  /// Returns when an operation has arrived so many times; one that is to hang hangs by then. The
  /// sandbox tells nobody of an arrival, so it is asked.
  package func untilCalled(_ operation: SandboxOperation, times: Int = 1) async throws {
    while calls(operation) < times { try await Task.sleep(for: .milliseconds(1)) }
  }

  /// How often anything has arrived.
  package var allCalls: Int { SandboxOperation.allCases.map { calls($0) }.reduce(0, +) }

  /// Whether this is the token that is held.
  package func holds(_ token: String, for app: AppID) -> Bool {
    self.token(ofApp: app)?.withBytes { $0 == Array(token.utf8) } == true
  }
}

/// Runs a service for the length of a closure, and ends it in the orderly way.
package enum RunningService {
  package static func lend(_ service: any Service, _ body: () async throws -> Void) async throws {
    let services = ServiceGroup(
      configuration: .init(services: [service], gracefulShutdownSignals: [], logger: .silent))
    try await withThrowingTaskGroup(of: Void.self) { tasks in
      tasks.addTask { try await services.run() }
      let result: Result<Void, any Error>
      do { result = .success(try await body()) } catch { result = .failure(error) }
      await services.triggerGracefulShutdown()
      try await tasks.waitForAll()
      try result.get()
    }
  }
}

extension Logger {
  package static let silent = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
}
