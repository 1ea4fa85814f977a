import ArgumentParser
import Commands
import Logging
import Sandbox
import ServiceLifecycle
import UnixSignals

struct SandboxCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sandbox",
    abstract: "Runs a pretend Okta organisation.",
    discussion: """
      It behaves as recorded answers of Okta do, keeps everything in memory, and takes faults at run time \
      at /sandbox/faults. Whoever reaches its port can steer it: let it listen on loopback only.
      """)

  @Option(help: "HOST:PORT to listen on; port 0 takes a free one.")
  var listen = "127.0.0.1:8081"

  func run() async throws {
    let logger = ServeCommand.logger(.notice)
    let server = Self.server(try ListenAddress(listen), logger)
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask {
        let configuration = ServiceGroupConfiguration(
          services: [server], gracefulShutdownSignals: [.sigterm, .sigint], logger: logger)
        try await ServiceGroup(configuration: configuration).run()
      }
      if let port = await server.whenListening() {
        Output.line("listening on http://\(try ListenAddress(listen).host):\(port)")
        Output.line("credential SSWS \(SandboxOrganisation.adminToken)")
        for app in SandboxApp.samples { Output.line("app \(app.id) \(app.kind.rawValue)") }
      }
      try await group.waitForAll()
    }
  }

  static func server(_ address: ListenAddress, _ logger: Logger) -> SandboxServer {
    let environment = CommandEnvironment.real
    return SandboxServer(
      organisation: SandboxOrganisation(), address: (address.host, address.port),
      clock: environment.now, random: environment.random, logger: logger)
  }
}
