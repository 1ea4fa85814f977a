import AsyncHTTPClient
package import Commands
package import Connections
package import EventStore
package import Logging
package import OktaAPI
package import Sandbox
package import Upstream
package import Vault

/// The write lane as it runs in earnest, in front of a real sandbox: a SQLite journal in a
/// temporary directory, the vault, the command layer. Only clock, ids and randomness stand still.
package struct WriteLane: Sendable {
  /// What a test may want otherwise.
  package struct Setup: Sendable {
    package var switches = SandboxSwitches()
    /// Without further looks at doubts: where sleeping takes no time, they would all be at once.
    package var limits = CommandLimits(reconcilePauses: [])
    /// Hindsight's own; the sandbox's administrator.
    package var ownCredential: OktaCredential? = .sandboxAdmin
    /// Scheme and authority to call in place of the sandbox.
    package var origin: String?
    package var timeoutSeconds = 20
    /// Measures how long an answer's body may take. The time of a call is real.
    package var deadline: @Sendable (Duration) async throws -> Void = {
      try await Task.sleep(for: $0)
    }
    /// Puts something between the commands and the journal.
    package var wrapping: @Sendable (any JournalWriter) -> any JournalWriter = { $0 }
    /// In place of a sleep that takes no time.
    package var sleep: (@Sendable (Duration) async throws -> Void)?
    package var logger = Logger.silent

    package init() {}
  }

  package let world: StillLife
  package let sandbox: SandboxOrganisation
  package let directory: TemporaryDirectory
  package let journal: SQLiteJournal
  package let vault: Vault
  package let upstream: UpstreamClient
  package let commands: CommandHandler
  package let access: AccessRegistry
  package let environment: CommandEnvironment
  private let setup: Setup

  /// Lends the lane, waits until nothing runs any more, and verifies the whole journal.
  package static func lend(
    _ setup: Setup = Setup(), _ body: (WriteLane) async throws -> Void
  ) async throws {
    let world = StillLife()
    try await RunningSandbox.lend(setup.switches, in: world) { sandbox in
      let client = HTTPClient(
        eventLoopGroup: HTTPClient.defaultEventLoopGroup,
        configuration: UpstreamClient.configuration(
          connectTimeoutSeconds: 5, timeoutSeconds: setup.timeoutSeconds))
      let result: Result<Void, any Error>
      do {
        let upstream = UpstreamClient(
          origin: setup.origin ?? sandbox.origin, client: client,
          timeoutSeconds: setup.timeoutSeconds,
          clock: UpstreamClient.Clock(microseconds: { 0 }, sleep: setup.deadline))
        let lane = try await WriteLane(setup, world, sandbox.organisation, upstream)
        try await body(lane)
        // Whatever still hangs would be waited for.
        await sandbox.organisation.release()
        await lane.commands.drain()
        try await lane.verify()
        result = .success(())
      } catch { result = .failure(error) }
      try await client.shutdown()
      try result.get()
    }
  }

  private init(
    _ setup: Setup, _ world: StillLife, _ sandbox: SandboxOrganisation, _ upstream: UpstreamClient
  ) async throws {
    let directory = try TemporaryDirectory()
    let journal = try SQLiteJournal.open(directory: directory.path) {
      JournalIdentity(id: world.newID(), createdAt: world.now)
    }
    var environment = world.environment
    if let sleep = setup.sleep { environment.sleep = sleep }
    self.setup = setup
    self.world = world
    self.sandbox = sandbox
    self.directory = directory
    self.journal = journal
    self.upstream = upstream
    self.environment = environment
    vault = try .still(world)
    commands = CommandHandler(
      writer: setup.wrapping(journal.writer), reader: journal.reader, vault: vault,
      upstream: upstream, ownCredential: setup.ownCredential, limits: setup.limits,
      environment: environment, logger: setup.logger)
    access = try await AccessRegistry(
      writer: setup.wrapping(journal.writer), reader: journal.reader, environment: environment)
  }

  /// A command layer that knows nothing but the journal, as after a crash.
  package func restarted(
    ownCredential: OktaCredential?, vault other: Vault? = nil
  ) -> CommandHandler {
    CommandHandler(
      writer: journal.writer, reader: journal.reader, vault: other ?? vault, upstream: upstream,
      ownCredential: ownCredential, limits: setup.limits, environment: environment, logger: .silent)
  }

  // MARK: - What is recorded

  package func events() async throws -> [Event] {
    try await journal.reader.events(EventSelection(limit: .max))
  }

  package func events(of app: AppID) async throws -> [Event] {
    try await journal.reader.events(in: .connection(app), after: 0)
  }

  package func connection(_ app: AppID) async throws -> Connection {
    try await Connection(appID: app, folding: events(of: app))
  }

  package struct UnsoundJournal: Error {
    package var findings: [JournalVerifier.Finding]
  }

  package func verify() async throws {
    let report = try await JournalVerifier(journal.reader).verify()
    guard report.isSound else { throw UnsoundJournal(findings: report.findings) }
  }

  /// The files of the data directory in which a text stands in clear.
  package func files(with text: String) throws -> [String] {
    let wanted = Array(text.utf8)
    return try directory.names().filter { name in
      let bytes = try directory.bytes(of: name)
      return bytes.firstRange(of: wanted) != nil
    }
  }
}

extension OktaCredential {
  package static let sandboxAdmin = OktaCredential(ssws: Secret(SandboxOrganisation.adminToken))
}
