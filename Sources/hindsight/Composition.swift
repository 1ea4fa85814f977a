import AsyncHTTPClient
import Commands
import Connections
import EventStore
import Foundation
import Gateway
import Hummingbird
import Logging
import NIOCore
import OktaAPI
import Projections
import Sandbox
import ServiceLifecycle
import UnixSignals
import Upstream
import Vault

/// The outside world as it is: the one place where clock, randomness and sleep are the real ones.
extension CommandEnvironment {
  static let real = CommandEnvironment(
    now: {
      var time = timespec()
      clock_gettime(CLOCK_REALTIME, &time)
      return Instant(
        microseconds: Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1_000)
    },
    random: { count in
      var generator = SystemRandomNumberGenerator()
      return (0..<count).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
    },
    sleep: { try await Task.sleep(for: $0) })

  static let monotonicMicroseconds: @Sendable () -> Int = {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Int(time.tv_sec) * 1_000_000 + Int(time.tv_nsec) / 1_000
  }
}

/// What `serve` is told.
struct ServerPlan: Sendable {
  var directory: String
  var listen: ListenAddress
  /// `sandbox`, or scheme and authority of an Okta organisation.
  var upstream: String
  var authentication: Authentication
  /// For recovery and rollback beside *relay*.
  var ownCredential: OktaCredential?
  var masterKeyFile: String?
  var upstreamTimeoutSeconds: Int
  var connectTimeoutSeconds: Int
  var connectionWaitSeconds: Int
  /// Requests that one caller may send in a minute.
  var callerRate: Int
  /// How long an `Idempotency-Key` is kept.
  var idempotencySeconds: Int
  var publicOrigin: String?
  var trustedProxies: Set<String>
  var logLevel: Logger.Level

  enum Authentication: Sendable {
    case relay
    case own(OktaCredential)
  }
}

/// All rooms, put together. Nothing here decides anything.
struct Server: Sendable {
  let journal: SQLiteJournal
  let commands: CommandHandler
  let access: AccessRegistry
  let views: ConnectionViews
  private let gateway: Gateway
  private let client: HTTPClient
  private let plan: ServerPlan
  private let logger: Logger

  /// - Parameter upstream: scheme and authority to call.
  init(_ plan: ServerPlan, upstream: String, logger: Logger) async throws {
    let environment = CommandEnvironment.real
    let journal = try Journals.openForWriting(plan.directory)
    let vault = try await Self.openVault(plan, journal, environment)
    let client = HTTPClient(
      eventLoopGroup: HTTPClient.defaultEventLoopGroup,
      configuration: UpstreamClient.configuration(
        connectTimeoutSeconds: plan.connectTimeoutSeconds,
        timeoutSeconds: plan.upstreamTimeoutSeconds))
    let upstreamClient = UpstreamClient(
      origin: upstream, client: client, timeoutSeconds: plan.upstreamTimeoutSeconds,
      monotonicMicroseconds: CommandEnvironment.monotonicMicroseconds)
    let (authentication, credential) =
      switch plan.authentication {
      case .relay: (UpstreamAuthentication.relay, plan.ownCredential)
      case .own(let credential): (.own(credential), credential)
      }
    commands = CommandHandler(
      writer: journal.writer, reader: journal.reader, vault: vault, upstream: upstreamClient,
      ownCredential: credential,
      limits: CommandLimits(
        connectionWait: .seconds(plan.connectionWaitSeconds),
        idempotencySeconds: Int64(plan.idempotencySeconds)),
      environment: environment, logger: logger)
    access = try await AccessRegistry(
      writer: journal.writer, reader: journal.reader, environment: environment)
    views = try await ConnectionViews(
      directory: plan.directory, journal: journal.reader, journalID: journal.identity.id)
    gateway = Gateway(
      rooms: Gateway.Rooms(
        commands: commands, access: access, views: views, upstream: upstreamClient),
      identity: Gateway.Identity(authentication, trustedProxies: plan.trustedProxies),
      publicOrigin: plan.publicOrigin,
      limits: GatewayLimits(
        requestsPerMinute: plan.callerRate, idempotencySeconds: Int64(plan.idempotencySeconds),
        connectionWaitSeconds: Int64(plan.connectionWaitSeconds)), environment: environment)
    self.journal = journal
    self.client = client
    self.plan = plan
    self.logger = logger
  }

  /// The key file is made at the first start; afterwards a missing or wrong key ends the start.
  private static func openVault(
    _ plan: ServerPlan, _ journal: SQLiteJournal, _ environment: CommandEnvironment
  ) async throws -> Vault {
    let name = "fingerprint"
    let kept = try await journal.writer.keyringEntry(name)
    let path = plan.masterKeyFile ?? plan.directory + "/master.key"
    let master: MasterKey
    if let text = ProcessInfo.processInfo.environment["HINDSIGHT_MASTER_KEY"] {
      master = try MasterKey(text: text, source: "HINDSIGHT_MASTER_KEY")
    } else if kept != nil || FileManager.default.fileExists(atPath: path) {
      master = try MasterKey(file: path)
    } else {
      master = try MasterKey(creating: path, random: environment.random)
    }
    let keyring: Vault.Keyring
    if let kept {
      keyring = Vault.Keyring(
        masterKeyID: kept.masterKeyID, wrappedFingerprintKey: kept.wrapped)
    } else {
      keyring = try Vault.makeKeyring(master: master, random: environment.random)
      try await journal.writer.addKeyringEntry(
        KeyringEntry(wrapped: keyring.wrappedFingerprintKey, masterKeyID: keyring.masterKeyID),
        name: name)
    }
    return try Vault(
      master: master, keyring: keyring, journalID: journal.identity.id.description,
      random: environment.random)
  }

  /// Serves until a signal or the end of the surrounding group; then every running command gets its
  /// outcome.
  ///
  /// - Parameter onListening: called with the address once connections are taken.
  func run(onListening: @escaping @Sendable (String) async -> Void) async throws {
    try await commands.recover()
    await commands.settleOpenDoubts()
    let host = plan.listen.host
    let application = Application(
      responder: gateway, server: Gateway.server,
      configuration: .init(address: .hostname(host, port: plan.listen.port)),
      onServerRunning: { channel in
        await onListening("http://\(host):\(channel.localAddress?.port ?? 0)")
      }, logger: logger)
    var configuration = ServiceGroupConfiguration(
      services: [JournalWatch(writer: journal.writer), application],
      gracefulShutdownSignals: [.sigterm, .sigint], logger: logger)
    configuration.maximumGracefulShutdownDuration = .seconds(
      plan.upstreamTimeoutSeconds + plan.connectionWaitSeconds + 10)
    do {
      try await ServiceGroup(configuration: configuration).run()
    } catch let undecided as UndecidedJournal {
      // No outcome can be recorded any more, so none is waited for: the next start finds it open.
      try? await client.shutdown()
      throw undecided
    } catch {
      await commands.drain()
      try? await client.shutdown()
      throw error
    }
    await commands.drain()
    try await client.shutdown()
  }
}

/// Ends the process when it cannot be known what the journal holds: going on might contradict it.
private struct JournalWatch: Service {
  let writer: SQLiteJournalWriter

  func run() async throws {
    for await fault in writer.undecidedCommits.cancelOnGracefulShutdown() {
      throw UndecidedJournal(fault: fault)
    }
  }
}

struct UndecidedJournal: Error {
  var fault: StorageFault
}

/// Opening the journal of a data directory.
enum Journals {
  static func openForWriting(_ directory: String) throws -> SQLiteJournal {
    let environment = CommandEnvironment.real
    // What is made from here on is its owner's alone.
    umask(0o077)
    return try SQLiteJournal.open(directory: directory) {
      JournalIdentity(id: environment.newID(), createdAt: environment.now())
    }
  }

  static func openForReading(_ directory: String) throws -> SQLiteJournalReader {
    try SQLiteJournal.openForReading(directory: directory).reader
  }

  /// Views that follow the journal, whether or not a server runs.
  static func openViews(_ directory: String) async throws -> ConnectionViews {
    let (reader, identity) = try SQLiteJournal.openForReading(directory: directory)
    return try await ConnectionViews(
      directory: directory, journal: reader, journalID: identity.id)
  }
}
