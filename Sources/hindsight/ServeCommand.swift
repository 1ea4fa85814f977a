import ArgumentParser
import Commands
import Connections
import Foundation
import Logging
import NIOCore
import OktaAPI
import Sandbox
import ServiceLifecycle
import TransparencyLog

struct ServeCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "serve",
    abstract: "Runs the gateway.",
    discussion: """
      Prints `listening on http://HOST:PORT` as its first line when it takes connections, and \
      logs to standard error. SIGTERM or SIGINT ends it when every running change has its outcome.
      """)

  @OptionGroup var place: DataOptions

  @Option(help: "HOST:PORT to listen on; port 0 takes a free one. Default: 127.0.0.1:8080")
  var listen: String?

  @Option(help: "The Okta organisation (https://example.okta.com), or sandbox (the default).")
  var upstream: String?

  @Option(
    help: """
      relay: callers bring their own Okta credential. ssws-file:PATH: callers hold Hindsight \
      tokens, and Hindsight calls Okta with the API token in that file. Default: relay; with the \
      built-in sandbox its own token.
      """)
  var upstreamAuth: String?

  @Option(
    help: "ssws-file:PATH: with relay, Hindsight's own Okta credential for recovery and rollback.")
  var upstreamCredential: String?

  @Option(
    help: .init(
      "Seconds to wait for Okta's answer to a call. Default: 30", valueName: "seconds"))
  var upstreamTimeout: Int?

  @Option(
    help: .init(
      "Seconds to wait for a connection to Okta. Default: 10", valueName: "seconds"))
  var connectTimeout: Int?

  @Option(
    help: .init(
      "Seconds that a change waits for another one of the same connection. Default: 30",
      valueName: "seconds"))
  var connectionWait: Int?

  @Option(
    help: .init("Requests that one caller may send in a minute. Default: 1200", valueName: "count"))
  var callerRate: Int?

  @Option(
    help: .init(
      "Seconds that an Idempotency-Key is kept. Default: 86400", valueName: "seconds"))
  var idempotencyWindow: Int?

  @Option(
    help: .init(
      "Seconds that a rollback waits for a person's consent. Default: 86400", valueName: "seconds"))
  var consentWindow: Int?

  @Flag(help: "Let an admin have a secret shown, with a reason; each time is recorded.")
  var allowReveal = false

  @OptionGroup var masterKey: MasterKeyOptions

  @Option(help: "Scheme and authority under which clients reach the gateway, for links in answers.")
  var publicUrl: String?

  @Option(help: "Comma-separated addresses of proxies whose X-Forwarded-For is believed.")
  var trustedProxies: String?

  @Option(
    help: .init(
      "The name of the transparency log, fixed at the first start. Default: HOST/hindsight",
      valueName: "name"))
  var logOrigin: String?

  @Option(
    help: .init(
      "Seconds within which what was committed is signed. Default: 1", valueName: "seconds"))
  var checkpointInterval: Int?

  @Option(
    help: .init(
      "A witness that cosigns checkpoints (c2sp.org/tlog-witness). Repeatable.",
      valueName: "url=vkey"))
  var witness: [String] = []

  @Option(
    help: .init(
      "How many witnesses must have cosigned. Default: all of them", valueName: "count"))
  var witnessQuorum: Int?

  @Flag(
    help: """
      Refuses changes while too few witnesses have cosigned. Without it the server goes on and \
      says so in its log.
      """)
  var witnessRequired = false

  @Flag(help: "The organisation of this journal answers under a new host from now on; recorded.")
  var renamedOrganisation = false

  @Option(help: "trace, debug, info, notice, warning, error or critical. Default: notice")
  var logLevel: String?

  func run() async throws {
    Dumps.disable()
    Arenas.limit()
    try await Failures.told {
      var plan = try Self.plan(try await settings())
      plan.isRenamed = renamedOrganisation
      try await plan.listen.mustBeFree()
      try await Self.serve(plan) { address in Output.line("listening on \(address)") }
    }
  }

  private func settings() async throws -> Settings {
    try await Settings(
      options: [
        "data": place.data, "listen": listen, "upstream": upstream, "upstreamAuth": upstreamAuth,
        "upstreamCredential": upstreamCredential,
        "upstreamTimeout": upstreamTimeout.map(String.init),
        "connectTimeout": connectTimeout.map(String.init),
        "connectionWait": connectionWait.map(String.init),
        "callerRate": callerRate.map(String.init),
        "idempotencyWindow": idempotencyWindow.map(String.init),
        "consentWindow": consentWindow.map(String.init), "allowReveal": allowReveal ? "true" : nil,
        "masterKeyFile": masterKey.masterKeyFile, "masterKeyCommand": masterKey.masterKeyCommand,
        "publicUrl": publicUrl, "trustedProxies": trustedProxies, "logLevel": logLevel,
        "witness": witness.isEmpty ? nil : witness.joined(separator: ","),
        "witnessQuorum": witnessQuorum.map(String.init),
        "witnessRequired": witnessRequired ? "true" : nil, "logOrigin": logOrigin,
        "checkpointInterval": checkpointInterval.map(String.init),
      ], file: place.config)
  }

  /// Serves, with a sandbox of its own when that is the upstream.
  static func serve(
    _ plan: ServerPlan, onListening: @escaping @Sendable (String) async -> Void
  ) async throws {
    let logger = Self.logger(plan.logLevel)
    guard plan.upstream == "sandbox" else {
      let server = try await Server(plan, upstream: plan.upstream, logger: logger)
      return try await server.run(onListening: onListening)
    }
    // The sandbox outlives the gateway: commands that still run at the end reach it.
    try await SandboxCommand.withSandbox(logger) { origin in
      let server = try await Server(plan, upstream: origin, logger: logger)
      try await server.run(onListening: onListening)
    }
  }

  private static func plan(_ settings: Settings) throws -> ServerPlan {
    var upstream = settings.string("upstream", default: "sandbox")
    if upstream != "sandbox" { upstream = try origin(upstream, option: "--upstream") }
    let publicOrigin = try settings.string("publicUrl").map {
      try origin($0, option: "--public-url")
    }
    let level = settings.string("logLevel", default: "notice")
    guard let logLevel = Logger.Level(rawValue: level) else {
      throw ValidationError("--log-level is not one of the levels: \(level)")
    }
    let sandboxCredential =
      upstream == "sandbox" ? OktaCredential(ssws: Secret(SandboxOrganisation.adminToken)) : nil
    let authentication: ServerPlan.Authentication
    switch settings.string("upstreamAuth") {
    case nil: authentication = sandboxCredential.map { .own($0) } ?? .relay
    case "relay"?: authentication = .relay
    case let text?: authentication = .own(try credential(text, option: "--upstream-auth"))
    }
    let directory = settings.string("data", default: DataOptions.defaultDirectory)
    let witnesses = try NamedWitness.all(settings)
    let requiresWitnesses = try settings.flag("witnessRequired", option: "--witness-required")
    if witnesses.isEmpty, requiresWitnesses || settings.string("witnessQuorum") != nil {
      throw ValidationError("There is no --witness, and so none can be required.")
    }
    return ServerPlan(
      directory: directory,
      listen: try ListenAddress(settings.string("listen", default: "127.0.0.1:8080")),
      upstream: upstream, authentication: authentication,
      ownCredential: try settings.string("upstreamCredential").map {
        try credential($0, option: "--upstream-credential")
      },
      masterKey: try MasterKeySource(settings, directory: directory),
      upstreamTimeoutSeconds: try settings.seconds(
        "upstreamTimeout", option: "--upstream-timeout", default: 30),
      connectTimeoutSeconds: try settings.seconds(
        "connectTimeout", option: "--connect-timeout", default: 10),
      connectionWaitSeconds: try settings.seconds(
        "connectionWait", option: "--connection-wait", default: 30),
      callerRate: try settings.count(
        "callerRate", option: "--caller-rate", upTo: 1_000_000_000, default: 1_200),
      idempotencySeconds: try settings.seconds(
        "idempotencyWindow", option: "--idempotency-window", default: 86_400),
      consentSeconds: try settings.count(
        "consentWindow", option: "--consent-window", upTo: 31_536_000, default: 86_400),
      allowsRevealing: try settings.flag("allowReveal", option: "--allow-reveal"),
      publicOrigin: publicOrigin,
      trustedProxies: Set(try settings.list("trustedProxies").map(address)), logLevel: logLevel,
      logOrigin: try settings.string("logOrigin").map(logOrigin),
      checkpointSeconds: try settings.seconds(
        "checkpointInterval", option: "--checkpoint-interval", default: 1),
      witnesses: witnesses,
      witnessQuorum: try settings.count(
        "witnessQuorum", option: "--witness-quorum", upTo: max(1, witnesses.count),
        default: max(1, witnesses.count)),
      requiresWitnesses: requiresWitnesses)
  }

  /// An address as the connection of a proxy shows it.
  private static func address(_ text: String) throws -> String {
    guard (try? SocketAddress(ipAddress: text, port: 0)) != nil else {
      throw ValidationError(
        "--trusted-proxies takes addresses such as 10.0.0.7, no names and no ranges: \(text)")
    }
    return text
  }

  private static func logOrigin(_ text: String) throws -> String {
    guard VerificationKey.isName(text), text.utf8.count <= 200 else {
      throw ValidationError("--log-origin has no spaces and no `+`, at most 200 bytes: \(text)")
    }
    return text
  }

  /// Scheme and host; a slash at the end is what people paste.
  private static func origin(_ text: String, option: String) throws -> String {
    guard let url = URL(string: text), url.scheme == "http" || url.scheme == "https",
      url.host != nil, url.path.isEmpty || url.path == "/", url.query == nil, url.user == nil
    else {
      throw ValidationError(
        "\(option) must be scheme and host alone, such as https://example.okta.com: \(text)")
    }
    return text.hasSuffix("/") ? String(text.dropLast()) : text
  }

  /// `ssws-file:PATH`; the file holds an Okta API token and should be readable by its owner alone.
  private static func credential(_ text: String, option: String) throws -> OktaCredential {
    let prefix = "ssws-file:"
    guard text.hasPrefix(prefix) else {
      throw ValidationError("\(option) must be relay or ssws-file:PATH: \(text)")
    }
    let path = String(text.dropFirst(prefix.count))
    guard let data = FileManager.default.contents(atPath: path) else {
      throw ValidationError("The file \(path) of \(option) cannot be read.")
    }
    let mode = (try? FileManager.default.attributesOfItem(atPath: path))?[.posixPermissions]
    if let mode = mode as? Int, mode & 0o077 != 0 {
      Output.note(
        """
        The file \(path) of \(option) has mode \(String(mode, radix: 8)): others can read the \
        token in it. Run `chmod 600 \(path)`.
        """)
    }
    let token = String(decoding: data, as: UTF8.self).trimmingCharacters(
      in: .whitespacesAndNewlines)
    guard !token.isEmpty, token.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
      throw ValidationError(
        "The file \(path) of \(option) does not hold one API token, without the word SSWS.")
    }
    return OktaCredential(ssws: Secret(token))
  }

  static func logger(_ level: Logger.Level) -> Logger {
    var logger = Logger(label: "hindsight") { StreamLogHandler.standardError(label: $0) }
    logger.logLevel = level
    return logger
  }
}
