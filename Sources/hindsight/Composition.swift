import AsyncHTTPClient
import Commands
import Connections
import EventStore
import Evidence
import Foundation
import Gateway
import Hummingbird
import Logging
import NIOCore
import Notary
import OktaAPI
import Projections
import Sandbox
import ServiceLifecycle
import TransparencyLog
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
  var ownCredential: OktaCredential? = nil
  var masterKey: MasterKeySource
  var upstreamTimeoutSeconds = 30
  var connectTimeoutSeconds = 10
  var connectionWaitSeconds = 30
  /// Requests that one caller may send in a minute.
  var callerRate = 1_200
  /// How long an `Idempotency-Key` is kept.
  var idempotencySeconds = 86_400
  /// How long a rollback waits for a person's consent.
  var consentSeconds = 86_400
  /// An administrator may have a secret shown.
  var allowsRevealing = false
  var publicOrigin: String?
  var trustedProxies: Set<String> = []
  /// The organisation answers under another host than the one that is recorded.
  var isRenamed = false
  var logLevel: Logger.Level
  /// The name of the log; absent takes one from the organisation's host.
  var logOrigin: String?
  var checkpointSeconds = 1
  var witnesses: [NamedWitness] = []
  /// How many of them must have cosigned.
  var witnessQuorum = 0
  /// Without them no change is let in.
  var requiresWitnesses = false

  enum Authentication: Sendable {
    case relay
    case own(OktaCredential)
  }

  var commandLimits: CommandLimits {
    var limits = CommandLimits()
    limits.connectionWait = .seconds(connectionWaitSeconds)
    limits.idempotencySeconds = Int64(idempotencySeconds)
    limits.consentSeconds = Int64(consentSeconds)
    limits.allowsRevealing = allowsRevealing
    return limits
  }
}

/// All rooms, put together. Nothing here decides anything.
struct Server: Sendable {
  let journal: SQLiteJournal
  let commands: CommandHandler
  let access: AccessRegistry
  let views: ConnectionViews
  let notary: Notary
  let circle: WitnessCircle?
  private let gateway: Gateway
  private let client: HTTPClient
  private let upstream: UpstreamClient
  private let plan: ServerPlan
  private let lookout: Lookout
  /// When somebody watched last, before this start.
  private let lastSeen: Instant?
  private let logger: Logger

  /// - Parameter upstream: scheme and authority to call.
  init(_ plan: ServerPlan, upstream: String, logger: Logger) async throws {
    let environment = CommandEnvironment.real
    let journal = try Journals.openForWriting(plan.directory)
    let lookout = Lookout(directory: plan.directory, now: environment.now)
    // Before this start appends something of its own.
    lastSeen = try await lookout.lastSeen(in: journal.reader)
    self.lookout = lookout
    let vault = try await Vault.open(journal, random: environment.random) { isNew in
      try await plan.masterKey.masterKey(isNew: isNew, random: environment.random)
    }
    try await OrganisationRegistry(
      writer: journal.writer, reader: journal.reader, environment: environment
    ).confirm(Self.host(of: plan.upstream), isRenamed: plan.isRenamed, context: LocalActor.context)
    let signer = try await LogKey.signer(
      for: journal, vault, origin: plan.logOrigin ?? Self.origin(of: plan.upstream),
      isAsked: plan.logOrigin != nil)
    notary = try await Notary(of: journal, signer: signer, directory: plan.directory)
    let client = HTTPClient(
      eventLoopGroup: HTTPClient.defaultEventLoopGroup,
      configuration: UpstreamClient.configuration(
        connectTimeoutSeconds: plan.connectTimeoutSeconds,
        timeoutSeconds: plan.upstreamTimeoutSeconds))
    let upstreamClient = UpstreamClient(
      origin: upstream, client: client, timeoutSeconds: plan.upstreamTimeoutSeconds,
      clock: UpstreamClient.Clock(
        microseconds: CommandEnvironment.monotonicMicroseconds, sleep: environment.sleep))
    let circle =
      plan.witnesses.isEmpty
      ? nil
      : WitnessCircle(
        plan.witnesses.map { WitnessClient(url: $0.url, key: $0.key, client: client) },
        quorum: plan.witnessQuorum, of: journal, notary: notary, log: signer.key)
    self.circle = circle
    let writer: any JournalWriter =
      if let circle, plan.requiresWitnesses { WitnessGate(journal.writer, circle) } else {
        journal.writer
      }
    let (authentication, credential) =
      switch plan.authentication {
      case .relay: (UpstreamAuthentication.relay, plan.ownCredential)
      case .own(let credential): (.own(credential), credential)
      }
    commands = CommandHandler(
      writer: writer, reader: journal.reader, vault: vault, upstream: upstreamClient,
      ownCredential: credential,
      limits: plan.commandLimits, environment: environment, logger: logger)
    access = try await AccessRegistry(
      writer: journal.writer, reader: journal.reader, environment: environment)
    views = try await ConnectionViews(
      directory: plan.directory, journal: journal.reader, journalID: journal.identity.id)
    var rooms = Gateway.Rooms(
      commands: commands, access: access, views: views, upstream: upstreamClient,
      log: PublishedLog(
        journal.reader, witnesses: plan.witnesses.map(\.key), witnessQuorum: plan.witnessQuorum))
    rooms.verifications = Verifications(
      of: journal.reader, now: environment.now, logger: logger)
    gateway = Gateway(
      rooms: rooms,
      identity: Gateway.Identity(authentication, trustedProxies: plan.trustedProxies),
      publicOrigin: plan.publicOrigin,
      limits: GatewayLimits(
        requestsPerMinute: plan.callerRate, idempotencySeconds: Int64(plan.idempotencySeconds),
        connectionWaitSeconds: Int64(plan.connectionWaitSeconds)), environment: environment)
    self.journal = journal
    self.client = client
    self.upstream = upstreamClient
    self.plan = plan
    self.logger = logger
  }

  /// What an organisation is known by. The built-in sandbox is one, whatever its port; a port says
  /// nothing of an organisation elsewhere, either.
  private static func host(of upstream: String) -> String {
    let host = URL(string: upstream)?.host?.lowercased() ?? upstream
    return host.hasSuffix(".") ? String(host.dropLast()) : host
  }

  /// A name for the log that says whose it is: the organisation's host.
  private static func origin(of upstream: String) -> String {
    (URL(string: upstream)?.host ?? upstream) + "/hindsight"
  }

  /// What signs, and what has others sign.
  private var signing: [any Service] {
    let interval = Duration.seconds(plan.checkpointSeconds)
    let sleep = CommandEnvironment.real.sleep
    let signing = CheckpointService(notary, every: interval, sleep: sleep, logger: logger)
    guard let circle else { return [signing] }
    return [
      signing,
      WitnessService(notary, circle, every: interval, sleep: sleep, logger: logger),
    ]
  }

  /// What watches the watching: says from when to when nobody did, and goes on saying that somebody
  /// does; and what learns how apps are called.
  private func lookouts() async throws -> [any Service] {
    if let lastSeen, lookout.isLong(since: lastSeen) {
      try await access.record(
        .watchResumed(lastSeenAt: lastSeen), context: EventContext(actor: .hindsight))
    }
    let watching: [any Service] = [lookout, ViewsService(views: views, logger: logger)]
    guard let credential = commands.ownCredential else { return watching }
    let labels = try await AppLabels(
      access: access, reader: journal.reader, commands: commands, upstream: upstream,
      credential: credential)
    return watching + [LabelService(labels: labels, views: views, logger: logger)]
  }

  /// Serves until a signal or the end of the surrounding group; then every running command gets its
  /// outcome.
  ///
  /// - Parameter onListening: called with the address once connections are taken.
  func run(onListening: @escaping @Sendable (String) async -> Void) async throws {
    do { try await askWitnesses() } catch {
      try? await client.shutdown()
      throw error
    }
    try await commands.recover()
    await commands.settleOpenDoubts()
    let listen = plan.listen
    let application = Application(
      responder: gateway, server: gateway.server(),
      configuration: .init(address: .hostname(listen.host, port: listen.port)),
      onServerRunning: { channel in
        await onListening(listen.url(port: channel.localAddress?.port))
      }, logger: logger)
    var configuration = ServiceGroupConfiguration(
      services: [JournalWatch(writer: journal.writer)] + signing
        + (try await lookouts()) + [application, Farewell(commands: commands, logger: logger)],
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
      await commands.end()
      try? await client.shutdown()
      throw error
    }
    await commands.end()
    let signed = await signLast()
    try await client.shutdown()
    try signed.get()
  }

  /// Before anything is appended: whatever an older copy appends, and signs, contradicts what was
  /// signed before, and only who remembers that can tell.
  private func askWitnesses() async throws {
    guard let circle, let last = await notary.last else { return }
    do { try await circle.show(last) } catch let otherwise as WitnessedOtherwise {
      throw otherwise
    } catch {
      logger.warning("the witnesses could not be asked", metadata: ["error": "\(error)"])
    }
    for (name, complaint) in await circle.complaints.sorted(by: { $0.key < $1.key }) {
      WitnessService.warn(of: name, complaint, logger)
    }
  }

  /// What the last commands recorded is signed, too. What cannot be signed now is by the next
  /// start; only a history that contradicts what was signed is no good end.
  private func signLast() async -> Result<Void, any Error> {
    do {
      try await notary.sign()
      if let circle, let last = await notary.last { try await circle.show(last) }
    } catch  where error is HistoryChanged || error is WitnessedOtherwise {
      return .failure(error)
    } catch {
      logger.warning("the last events are not signed yet", metadata: ["error": "\(error)"])
    }
    return .success(())
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

  /// Makes nothing where there is nothing: a name may be mistyped.
  static func openExisting(_ directory: String) throws -> SQLiteJournal {
    _ = try openForReading(directory)
    return try openForWriting(directory)
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
