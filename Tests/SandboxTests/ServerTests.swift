import Connections
import Logging
import ServiceLifecycle
import Testing

@testable import Sandbox

@Suite(.timeLimit(.minutes(5))) struct `The sandbox behind its port` {
  /// Runs the server for the length of `body`, and ends it in the orderly way.
  private func withServer(
    _ body: @Sendable (Int, SandboxOrganisation) async throws -> Void
  ) async throws {
    let organisation = SandboxOrganisation()
    let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    let server = SandboxServer(
      organisation: organisation, address: ("127.0.0.1", 0),
      clock: { Instant(microseconds: 1_200_000_000_000_000) },
      random: { Array(repeating: 0xAB, count: $0) }, logger: logger)
    let group = ServiceGroup(
      configuration: .init(services: [server], gracefulShutdownSignals: [], logger: logger))
    try await withThrowingTaskGroup(of: Void.self) { tasks in
      tasks.addTask { try await group.run() }
      let port = try #require(await server.whenListening())
      try await body(port, organisation)
      await group.triggerGracefulShutdown()
      try await tasks.waitForAll()
    }
  }

  @Test func `answers over HTTP as it does in values`() async throws {
    try await withServer { port, organisation in
      let answer = try await RawClient.ask(
        "POST", App.path(App.org2Org) + "?activate=TRUE", Body.token("one"), port: port)
      #expect(answer.hasPrefix("HTTP/1.1 200 OK\r\n"))
      #expect(answer.contains("\r\nContent-Type: application/json\r\n"))
      #expect(answer.contains("\r\nX-Okta-Request-Id: \(String(repeating: "ab", count: 16))\r\n"))
      #expect(answer.contains("\r\nDate: "))
      let own = "http://127.0.0.1:\(port)" + App.path(App.org2Org)
      #expect(answer.contains(#""self":{"href":"\#(own)","#))
      #expect(await organisation.token(ofApp: App.id(App.org2Org)) != nil)
    }
  }

  @Test func `sends nothing after the head of a 204`() async throws {
    try await withServer { port, _ in
      let answer = try await RawClient.ask(
        "POST", App.path(App.zscaler, "/lifecycle/deactivate"), port: port)
      #expect(answer.hasPrefix("HTTP/1.1 204 No Content\r\n"))
      #expect(answer.hasSuffix("\r\n\r\n"))
      #expect(!answer.lowercased().contains("content-"))
      #expect(!answer.lowercased().contains("transfer-encoding"))
    }
  }

  @Test func `sends the head alone for HEAD`() async throws {
    try await withServer { port, _ in
      let answer = try await RawClient.ask("HEAD", App.path(App.bookmark), port: port)
      #expect(answer.hasPrefix("HTTP/1.1 200 OK\r\n"))
      #expect(answer.contains("\r\nContent-Length: 55\r\n"))
      #expect(answer.hasSuffix("\r\n\r\n"))
    }
  }

  @Test func `can close the connection before an answer, or within it`() async throws {
    try await withServer { port, organisation in
      await organisation.add(SandboxFault(.cutHead, on: .update, isApplied: true))
      let path = App.path(App.org2Org)
      #expect(try await RawClient.ask("POST", path, Body.token("one"), port: port).isEmpty)
      #expect(await organisation.token(ofApp: App.id(App.org2Org)) != nil)

      let whole = try await RawClient.ask("GET", path, port: port)
      await organisation.add(SandboxFault(.cutBody, on: .get, isApplied: true))
      let cut = try await RawClient.ask("GET", path, port: port)
      let parts = cut.split(separator: "\r\n\r\n", maxSplits: 1)
      let body = try #require(whole.split(separator: "\r\n\r\n", maxSplits: 1).last)
      #expect(parts.first?.contains("Content-Length: \(body.utf8.count)") == true)
      #expect(parts.last.map { String($0) } == String(body.prefix(body.utf8.count / 2)))
    }
  }

  @Test func `can cut the head of an answer`() async throws {
    try await withServer { port, organisation in
      await organisation.add(SandboxFault(.cutHeaders, on: .update, isApplied: true))
      let path = App.path(App.org2Org)
      let answer = try await RawClient.ask("POST", path, Body.token("one"), port: port)
      #expect(answer == "HTTP/1.1 200 OK\r\nContent-Ty")
      #expect(await organisation.token(ofApp: App.id(App.org2Org)) != nil)
    }
  }

  @Test(arguments: [SandboxFault.Kind.cutHead, .cutHeaders, .cutBody, .reset])
  func `resets a connection for that fault alone`(fault: SandboxFault.Kind) async throws {
    try await withServer { port, organisation in
      await organisation.add(SandboxFault(fault, on: .update, isApplied: true))
      let request = RawClient.request("POST", App.path(App.org2Org), Body.token("one"), port: port)
      let ending = try await RawClient.exchange(request, port: port)
      #expect(ending.isReset == (fault == .reset))
      #expect(await organisation.token(ofApp: App.id(App.org2Org)) != nil)
    }
  }

  @Test func `can reset a connection before a body has come`() async throws {
    try await withServer { port, organisation in
      await organisation.add(SandboxFault(.resetEarly, on: .update))
      let request = RawClient.request("POST", App.path(App.org2Org), Body.token("one"), port: port)
      let head = try #require(request.split(separator: "\r\n\r\n").first)
      let ending = try await RawClient.exchange(head + "\r\n\r\n", port: port)
      #expect(ending.answer.isEmpty && ending.isReset)
      #expect(await organisation.calls(.update) == 1)
      #expect(await organisation.token(ofApp: App.id(App.org2Org)) == nil)
    }
  }

  @Test func `echoes a body and names the headers`() async throws {
    try await withServer { port, _ in
      let body = String(repeating: "round and round ", count: 20_000)
      let answer = try await RawClient.ask("POST", "/api/v1/echo", body, port: port)
      #expect(answer.hasPrefix("HTTP/1.1 200 OK\r\n"))
      #expect(
        answer.contains(
          "\r\nX-Echo-Headers: authorization,connection,content-length,content-type,host\r\n"))
      #expect(answer.hasSuffix("\r\n\r\n" + body))
    }
  }

  @Test func `ends although a request hangs`() async throws {
    try await withServer { port, organisation in
      await organisation.add(SandboxFault(.hang))
      // Not waited for: the shutdown has to let go of it.
      Task { try await RawClient.ask("GET", App.path(App.org2Org), port: port) }
      while await organisation.calls(.get) == 0 { try await Task.sleep(for: .milliseconds(5)) }
    }
  }
}
