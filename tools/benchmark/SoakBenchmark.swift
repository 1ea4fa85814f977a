import ArgumentParser
import AsyncHTTPClient
import Foundation
import NIOCore

/// Many clients in front of a failing Okta, and an end in the middle of it: nothing may be lost,
/// and once the caches of known size are full, memory may not grow.
struct SoakBenchmark: AsyncParsableCommand {
  static let configuration = CommandConfiguration(commandName: "soak")

  @Option(help: "The hindsight program.") var program: String
  @Option var clients = 200
  @Option(help: "How long memory is held to what it was when the server was warm.")
  var seconds = 60
  @Option(help: "How long the server has before, under the same load, to fill its caches.")
  var warmUpSeconds = 60
  @Option(help: "What each client waits between two changes.") var pauseMilliseconds = 200
  @Option(help: "The pause between two faults.") var faultMilliseconds = 50

  /// How much the server may hold more at the end than when it was warm, in MiB.
  private static let allowedGrowth = 16.0

  private var duration: Int { warmUpSeconds + seconds }

  func run() async throws {
    try await withTemporaryDirectory { path in
      let sandbox = try SpawnedProgram(
        program,
        ["sandbox", "--listen", "127.0.0.1:0", "--calls-per-minute", "1000000000"])
      let server = try SpawnedProgram(
        program,
        [
          "serve", "--data", path, "--listen", "127.0.0.1:0", "--upstream", sandbox.address,
          "--upstream-auth", "relay", "--caller-rate", "1000000000", "--log-level", "critical",
        ])
      let client = HTTPClient(configuration: Self.client(connections: clients + 8))
      let result: Result<[String], any Error>
      do {
        result = .success(try await soak(server, sandbox, client, path))
      } catch { result = .failure(error) }
      try await client.shutdown()
      let faults = try result.get()
      for fault in faults.prefix(20) { print("WRONG: \(fault)") }
      guard faults.isEmpty else { throw ExitCode.failure }
      print("Nothing was lost.")
    }
  }

  private static func client(connections: Int) -> HTTPClient.Configuration {
    var configuration = HTTPClient.Configuration(timeout: .init(connect: .seconds(5)))
    configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = connections
    // A refused connection is an answer here.
    configuration.connectionPool.retryConnectionEstablishment = false
    return configuration
  }

  /// - Returns: what is wrong, in sentences.
  private func soak(
    _ server: SpawnedProgram, _ sandbox: SpawnedProgram, _ client: HTTPClient, _ path: String
  ) async throws -> [String] {
    let load = SoakClients(
      gateway: server.address, count: clients, pause: .milliseconds(pauseMilliseconds),
      client: client, deadline: .now + .seconds(duration + 30))
    let faults = SoakFaults(
      sandbox: sandbox.address, client: client, pause: .milliseconds(faultMilliseconds))
    async let requests = load.run()
    let failing = Task { await faults.run() }
    let growth = try await watch(server)

    let asked = ContinuousClock.now
    server.terminate()
    let code = await server.exitCode()
    let ending = (ContinuousClock.now - asked) / .seconds(1)
    let made = await requests
    failing.cancel()
    row("faults set at the sandbox", "\(await failing.value)")

    let verified = try SpawnedProgram.run(program, ["verify", "--data", path])
    let journal = try await SoakJournal(directory: path)
    report(made, journal, ending: ending)
    var wrong = journal.contradictions(to: made)
    let sent = try await faults.changes()
    if code != 0 { wrong.append("the server ended with exit code \(code)") }
    if verified != 0 { wrong.append("hindsight verify ended with exit code \(verified)") }
    if growth > Self.allowedGrowth { wrong.append("memory grew by \(number(growth)) MiB") }
    if sent != journal.intents - journal.notSent {
      wrong.append("\(sent) changes arrived at the sandbox, of \(journal.intents) intents")
    }
    return wrong
  }

  /// Tells the server's memory every ten seconds until the end of the load.
  ///
  /// - Returns: by how much it grew since the server was warm, in MiB.
  private func watch(_ server: SpawnedProgram) async throws -> Double {
    var (warm, last) = (0.0, 0.0)
    for passed in stride(from: 10, through: duration, by: 10) {
      try await Task.sleep(for: .seconds(10))
      last = server.residentMegabytes
      row("memory of the server after \(passed) s", "\(number(last)) MiB")
      if passed <= warmUpSeconds { warm = last }
    }
    row("growth of memory in the last \(seconds) s", "\(number(last - warm)) MiB")
    return last - warm
  }

  private func report(_ requests: [SoakRequest], _ journal: SoakJournal, ending: Double) {
    let answers = Dictionary(grouping: requests, by: \.answer).mapValues(\.count)
    row("changes asked for by \(clients) clients in \(duration) s", "\(requests.count)")
    for (answer, count) in answers.sorted(by: { $0.value > $1.value }) {
      if case .status(let status) = answer { row("  answered \(status)", "\(count)") }
    }
    let silent = journal.unanswered(requests)
    row("  refused: not answered, and not taken", "\(silent.refused)")
    row("  not answered, with its outcome in the journal", "\(silent.carriedOut)")
    row("in doubt", "\(journal.inDoubt)", "\(journal.resolved) settled since")
    let own = journal.ownSeconds(requests)
    row(
      "our own part of an update, of \(own.count)", "p50 \(number(median(own) * 1e3)) ms",
      "p99 \(number(percentile(own, 0.99) * 1e3)) ms")
    row("SIGTERM under load, until the end", "\(number(ending)) s")
  }
}
