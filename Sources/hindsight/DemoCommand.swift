import ArgumentParser
import Commands
import Connections
import EventStore
import Foundation
import Logging
import OktaAPI
import Sandbox
import ServiceLifecycle

struct DemoCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "demo",
    abstract: "Shows Hindsight at work, from the first change to the proof.",
    discussion: """
      Starts a sandbox organisation and the gateway, changes a connection over HTTP as any client \
      would, rolls it back, writes a report and verifies the journal. Needs no network and no Okta.
      """)

  @Flag(help: "Leave the server running, with its address and tokens printed.")
  var keep = false

  @Option(help: "A new or empty directory for the data. Default: a new one in the temporary one.")
  var data: String?

  func run() async throws {
    try await Failures.told {
      let directory = try Self.directory(data)
      let logger = ServeCommand.logger(.error)
      let operatorToken = try await Self.token(directory, "demo operator", .operator)
      let reviewerToken = try await Self.token(directory, "demo reviewer", .reviewer)
      try await SandboxCommand.withSandbox(logger) { sandbox in
        let server = try await Server(Self.plan(directory), upstream: sandbox, logger: logger)
        try await withThrowingTaskGroup(of: Void.self) { group in
          let address = AsyncStream<String>.makeStream()
          group.addTask {
            defer { address.continuation.finish() }
            try await server.run { address.continuation.yield($0) }
          }
          if let origin = await address.stream.first(where: { _ in true }) {
            let scenario = DemoScenario(
              origin: origin, sandbox: sandbox, directory: directory, views: server.views,
              changer: ServerClient(origin: origin, token: operatorToken))
            try await scenario.run()
            if keep {
              Self.keepOn(origin, operatorToken, reviewerToken)
            } else {
              // As an operator ends a server.
              kill(getpid(), SIGTERM)
            }
          }
          try await group.waitForAll()
        }
      }
    }
  }

  private static func keepOn(_ origin: String, _ operatorToken: String, _ reviewerToken: String) {
    Output.line(
      """

      The server goes on until you press Control-C.
        address   \(origin)
        operator  \(operatorToken)
        reviewer  \(reviewerToken)
      Try:
        curl -H 'Authorization: SSWS \(operatorToken)' \\
          \(origin)/api/v1/apps/\(DemoScenario.app)/connections/default
        curl -H 'Authorization: Bearer \(reviewerToken)' \(origin)/hindsight/v1/connections
      """)
  }

  private static func directory(_ asked: String?) throws -> String {
    let path =
      asked
      ?? FileManager.default.temporaryDirectory.appending(
        path: "hindsight-demo-\(ProcessInfo.processInfo.processIdentifier)"
      ).path()
    let found = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
    guard found.isEmpty else {
      throw ValidationError("\(path) is not empty; the demo wants a directory of its own.")
    }
    return path
  }

  private static func token(
    _ directory: String, _ name: String, _ role: Role
  ) async throws -> String {
    let journal = try Journals.openForWriting(directory)
    let registry = try await AccessRegistry(
      writer: journal.writer, reader: journal.reader, environment: .real)
    let (_, token) = try await registry.create(
      name: name, role: role, context: LocalActor.context)
    return token.withBytes { String(decoding: $0, as: UTF8.self) }
  }

  private static func plan(_ directory: String) throws -> ServerPlan {
    ServerPlan(
      directory: directory, listen: .loopback, upstream: "sandbox",
      authentication: .own(.init(ssws: Secret(SandboxOrganisation.adminToken))),
      masterKey: MasterKeySource(directory: directory), logLevel: .error)
  }
}
