import Connections
import Fixtures
import Sandbox
import Testing

@testable import Commands

/// What an operator finds at three in the morning.
@Suite(.timeLimit(.minutes(5))) struct `The log tells` {
  private func told(
    _ body: (WriteLane) async throws -> Void, _ check: ([String]) -> Void
  ) async throws {
    let book = LogBook()
    var setup = WriteLane.Setup()
    setup.logger = book.logger
    try await WriteLane.lend(setup) { lane in
      try await lane.change(.token("a-very-secret-token"))
      try await body(lane)
      await lane.commands.drain()
    }
    #expect(!book.lines.contains { $0.contains("a-very-secret-token") })
    check(book.lines)
  }

  @Test func `of a doubt and how it ended`() async throws {
    var id: CommandID?
    try await told { lane in
      await lane.sandbox.add(SandboxFault(.cutHead, on: .activate, isApplied: true))
      let request = try lane.request(.activate)
      id = request.commandID
      _ = await lane.commands.carryOut(request)
    } _: { lines in
      let command = "command=\(id?.description ?? "")"
      let about = lines.filter { $0.contains(command) }
      #expect(about.count == 2)
      #expect(about.first?.hasPrefix("warning: a change may have happened: it is in doubt") == true)
      #expect(about.first?.contains("app=\(SampleApp.org2Org)") == true)
      #expect(about.last?.hasPrefix("notice: a doubt has ended") == true)
      #expect(about.last?.contains("verdict=applied") == true)
    }
  }

  @Test func `of what was changed past Hindsight`() async throws {
    try await told { lane in
      let drift = SandboxDrift(status: "ENABLED")
      #expect(await lane.sandbox.drift(SampleApp.org2Org, drift))
      try await lane.look()
    } _: { lines in
      #expect(lines.count == 1)
      #expect(lines.first?.hasPrefix("warning: a connection was changed past Hindsight") == true)
    }
  }

  @Test func `of nothing where all is well`() async throws {
    try await told { _ in
    } _: {
      #expect($0 == [])
    }
  }
}
