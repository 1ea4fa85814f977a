import Connections
import Fixtures
import Foundation
import Testing

/// `hindsight serve` on a directory, with a token for each role that a test needs.
struct Served: Sendable {
  let program: RunningProgram
  let port: Int
  let token: String

  /// Makes a token and starts the server.
  ///
  /// - Parameter token: one of an earlier start on the same directory.
  static func start(
    on directory: TemporaryDirectory, _ arguments: [String] = [], token: String? = nil,
    environment: [String: String] = [:]
  ) async throws -> Served {
    var found = token
    if found == nil { found = try await makeToken(directory, role: "admin") }
    let program = try RunningProgram(
      ["serve", "--data", directory.path, "--listen", "127.0.0.1:0"] + arguments,
      environment: environment)
    let port = try await port(of: program)
    return Served(program: program, port: port, token: try #require(found))
  }

  static func port(of program: RunningProgram) async throws -> Int {
    guard let line = await program.nextLine() else {
      throw NotServing(errors: await program.whenEnded().errors)
    }
    let found = try #require(line.wholeMatch(of: /listening on http:\/\/127\.0\.0\.1:(\d+)/))
    return try #require(Int(found.output.1))
  }

  struct NotServing: Error {
    var errors: String
  }

  static func makeToken(_ directory: TemporaryDirectory, role: String) async throws -> String {
    let made = try await Program.run(
      ["token", "create", "--data", directory.path, "--role", role, "--name", role])
    #expect(made.exitCode == 0, "\(made.errors)")
    return made.output.trimmingCharacters(in: .newlines)
  }

  /// Asks as an Okta client would, or a reader of the native API.
  func ask(_ method: String, _ target: String, _ body: String = "") async throws -> RawAnswer {
    try await RawSocket.send(
      """
      \(method) \(target) HTTP/1.1\r
      Host: 127.0.0.1:\(port)\r
      Authorization: SSWS \(token)\r
      Content-Length: \(body.utf8.count)\r
      \r
      \(body)
      """.utf8, to: port)
  }

  static let app = SampleApp.org2Org.description
  static let connection = "/api/v1/apps/\(app)/connections/default"

  func update(_ token: String) async throws -> RawAnswer {
    try await ask("POST", Self.connection, SampleBody.token(token))
  }

  /// Ends it as an operator would.
  func stop() async -> Program.Result {
    program.send(SIGTERM)
    return await program.whenEnded()
  }
}

/// A sandbox in the process of the tests, steered from outside as a program would steer it.
struct SteeredSandbox: Sendable {
  let port: Int
  var origin: String { "http://127.0.0.1:\(port)" }

  static func lend(_ body: (SteeredSandbox) async throws -> Void) async throws {
    try await RunningSandbox.lend { sandbox in
      let steered = SteeredSandbox(port: sandbox.port)
      let result: Result<Void, any Error>
      do { result = .success(try await body(steered)) } catch { result = .failure(error) }
      _ = try await steered.steer("POST", "release")
      try result.get()
    }
  }

  @discardableResult
  func steer(_ method: String, _ path: String, _ body: String = "") async throws -> String {
    let answer = try await RawSocket.send(
      """
      \(method) /sandbox/\(path) HTTP/1.1\r
      Host: 127.0.0.1:\(port)\r
      Content-Length: \(body.utf8.count)\r
      \r
      \(body)
      """.utf8, to: port)
    return answer.text
  }

  /// Returns when an operation has arrived so many times.
  func untilCalled(_ operation: String, times: Int = 1) async throws {
    while try await calls(operation) < times { try await Task.sleep(for: .milliseconds(5)) }
  }

  func calls(_ operation: String) async throws -> Int {
    let text = try await steer("GET", "calls")
    let found = text.firstMatch(
      of: try Regex("\"\(operation)\":(\\d+)", as: (Substring, Substring).self))
    return found.flatMap { Int($0.output.1) } ?? 0
  }

  func holds(_ token: String) async throws -> Bool {
    let body = #"{"appId":"\#(Served.app)","token":"\#(token)"}"#
    return try await steer("POST", "holds", body) == #"{"holds":true}"#
  }

  /// The next call of an operation hangs until it is released; it takes effect first, or never.
  func hang(_ operation: String, applied: Bool) async throws {
    try await steer(
      "POST", "faults", #"{"fault":"hang","operation":"\#(operation)","applied":\#(applied)}"#)
  }

  /// A file with the sandbox's own credential.
  func credential(in directory: TemporaryDirectory) throws -> String {
    try directory.write(Array("00sandboxAdminToken\n".utf8), to: "okta-token")
    return "ssws-file:" + directory.file("okta-token")
  }
}
