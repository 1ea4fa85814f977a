import AsyncHTTPClient
import Commands
import Connections
import EventStore
import Logging
import NIOCore
import OktaAPI
import Projections
import Sandbox
import Upstream
import Vault

/// The write lane and the read lane on one data directory, put together as the server puts them.
struct Program: Sendable {
  let journal: SQLiteJournal
  let vault: Vault
  let commands: CommandHandler
  let views: ConnectionViews
  let environment: CommandEnvironment

  /// What a program finds in the world when it starts.
  struct Surroundings: Sendable {
    var world: SimulatedWorld
    var origin: String
    var transport: UpstreamClient.Transport
    /// Kept apart from the directory, as the server's own is synced before anything is sealed.
    var masterKey: Secret
  }

  static let credential = OktaCredential(ssws: Secret(SandboxOrganisation.adminToken))

  static func start(on directory: String, in around: Surroundings) async throws -> Program {
    let environment = around.world.environment
    let journal = try SQLiteJournal.open(directory: directory) {
      JournalIdentity(id: environment.newID(), createdAt: environment.now())
    }
    let vault = try await Vault.open(journal, random: environment.random) { _ in
      try MasterKey(around.masterKey)
    }
    let flights = Flights()
    let upstream = UpstreamClient(
      origin: around.origin,
      transport: { try await around.transport(flights.marked($0, from: around.origin), $1) },
      timeoutSeconds: 20,
      clock: UpstreamClient.Clock(microseconds: { 0 }, sleep: { try await Task.sleep(for: $0) }))
    let commands = CommandHandler(
      writer: FlightWriter(base: journal.writer, flights: flights), reader: journal.reader,
      vault: vault, upstream: upstream,
      ownCredential: credential, limits: CommandLimits(reconcilePauses: []),
      environment: environment, logger: Logger(label: "selftest") { _ in SwiftLogNoOpLogHandler() })
    let views = try await ConnectionViews(
      directory: directory, journal: journal.reader, journalID: journal.identity.id)
    let program = Program(
      journal: journal, vault: vault, commands: commands, views: views, environment: environment)
    try await commands.recover()
    await commands.settleOpenDoubts()
    return program
  }
}
