import ArgumentParser
import Commands
import Logging
import OktaAPI
import Sandbox
import ServiceLifecycle
import UnixSignals

struct SandboxCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sandbox",
    abstract: "Runs a pretend Okta organisation.",
    discussion: """
      It behaves as recorded answers of Okta do, keeps everything in memory, and takes faults at \
      run time at /sandbox/faults. What of Okta's behaviour is not certain is a switch: GET \
      /sandbox/switches shows them, POST sets some. Whoever reaches its port can steer it: let it \
      listen on loopback only.
      """)

  @Option(help: "HOST:PORT to listen on; port 0 takes a free one.")
  var listen = "127.0.0.1:8081"

  @Option(help: "The calls that each bucket of the rate limit takes per minute. Default: 600")
  var callsPerMinute: Int?

  @Option(
    name: .customLong("switch"),
    help: .init(
      "How it behaves where Okta is not certain, such as plainUpdateDisables=false. Repeatable.",
      valueName: "name=value"))
  var switches: [String] = []

  func run() async throws {
    try await Failures.told {
      let logger = ServeCommand.logger(.notice)
      let address = try ListenAddress(listen)
      let server = Self.server(address, logger, try chosenSwitches())
      try await address.mustBeFree()
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask {
          let configuration = ServiceGroupConfiguration(
            services: [server], gracefulShutdownSignals: [.sigterm, .sigint], logger: logger)
          try await ServiceGroup(configuration: configuration).run()
        }
        if let port = await server.whenListening() {
          Output.line("listening on \(address.url(port: port))")
          Output.line("credential SSWS \(SandboxOrganisation.adminToken)")
          for app in SandboxApp.samples { Output.line("app \(app.id) \(app.kind.rawValue)") }
        }
        try await group.waitForAll()
      }
    }
  }

  private func chosenSwitches() throws -> SandboxSwitches {
    var changes: [JSONValue.Member] = []
    if let callsPerMinute { changes.append(.init("callsPerMinute", JSONValue(callsPerMinute))) }
    for word in switches {
      let parts = word.split(separator: "=", maxSplits: 1).map(String.init)
      guard parts.count == 2 else {
        throw ValidationError("--switch must be NAME=VALUE: \(word)")
      }
      let value = try? JSONValue(parsing: Array(parts[1].utf8))
      changes.append(.init(parts[0], value ?? .string(parts[1])))
    }
    do throws(OktaError) { return try SandboxSwitches().changed(by: .object(changes)) } catch {
      throw ValidationError(error.causes.first ?? error.summary)
    }
  }

  /// Runs a sandbox on a free port for the length of `body`, and ends it in good order.
  static func withSandbox(
    _ logger: Logger, _ body: (_ origin: String) async throws -> Void
  ) async throws {
    let sandbox = server(.loopback, logger)
    let services = ServiceGroup(
      configuration: ServiceGroupConfiguration(services: [sandbox], logger: logger))
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await services.run() }
      guard let port = await sandbox.whenListening() else {
        throw ValidationError("The built-in sandbox could not listen on 127.0.0.1.")
      }
      let result: Result<Void, any Error>
      do {
        try await body("http://127.0.0.1:\(port)")
        result = .success(())
      } catch { result = .failure(error) }
      await services.triggerGracefulShutdown()
      try await group.waitForAll()
      try result.get()
    }
  }

  static func server(
    _ address: ListenAddress, _ logger: Logger, _ switches: SandboxSwitches = .init()
  ) -> SandboxServer {
    let environment = CommandEnvironment.real
    return SandboxServer(
      organisation: SandboxOrganisation(switches: switches), address: (address.host, address.port),
      clock: environment.now, random: environment.random, logger: logger)
  }
}
