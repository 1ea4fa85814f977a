import Fixtures
import OktaAPI
import Testing

@testable import Gateway

@Suite(.timeLimit(.minutes(5))) struct `The description of the native API` {
  private static let operations = [
    "GET /hindsight/v1/connections", "GET /hindsight/v1/connections/{}",
    "GET /hindsight/v1/connections/{}/history", "GET /hindsight/v1/events",
    "GET /hindsight/v1/commands/{}", "POST /hindsight/v1/connections/{}/rollback/preview",
    "POST /hindsight/v1/connections/{}/rollback", "GET /hindsight/v1/reports/changes.csv",
    "GET /hindsight/v1/tokens", "POST /hindsight/v1/tokens", "DELETE /hindsight/v1/tokens/{}",
    "POST /hindsight/v1/secrets/{}/compromised",
    "GET /hindsight/v1/log/checkpoint", "GET /hindsight/v1/log/tile/{}/{}",
    "GET /hindsight/v1/log/tile/entries/{}", "GET /hindsight/v1/log/proof/{}",
  ]

  private func described(_ document: JSONValue?) -> [String] {
    (document?["paths"]?.members ?? []).flatMap { path in
      (path.value.members ?? []).map { "\($0.key.uppercased()) \(path.key)" }
    }.filter { $0.split(separator: " ").first.map { $0 != "PARAMETERS" } == true }
  }

  @Test func `is served to anyone, and is of OpenAPI 3.1`() async throws {
    try await RunningGateway.lend { gateway in
      let answer = try await gateway.ask("GET", "/hindsight/v1/openapi.json", as: .nobody)
      #expect(answer.status == 200)
      #expect(answer.all("content-type") == ["application/json"])
      #expect(answer.json?["openapi"]?.text?.hasPrefix("3.1") == true)
      #expect(answer.json?["info"]?["title"]?.text != nil)
      #expect(answer.json?["info"]?["version"]?.text != nil)
    }
  }

  @Test func `names every route`() async throws {
    try await RunningGateway.lend { gateway in
      let answer = try await gateway.ask("GET", "/hindsight/v1/openapi.json", as: .nobody)
      let found = described(answer.json).map { $0.replacing(/\{[^}]*\}/, with: "{}") }
      for operation in Self.operations { #expect(found.contains(operation), "\(operation)") }
    }
  }

  @Test func `names no route that is not there`() async throws {
    try await RunningGateway.lend { gateway in
      let answer = try await gateway.ask("GET", "/hindsight/v1/openapi.json", as: .nobody)
      let id = "0192f0c1-2f3a-7bbb-8ccc-1234567890ab"
      for operation in described(answer.json) {
        let parts = operation.replacing(/\{[^}]*\}/, with: id).split(separator: " ")
        let route = Route(method: String(parts[0]), target: String(parts[1]))
        if case .methodNotAllowed = route { Issue.record("\(operation) is not taken") }
        #expect(route != .notFound && route != .nativeNotFound, "\(operation)")
      }
    }
  }

  @Test func `describes an answer for each operation`() async throws {
    try await RunningGateway.lend { gateway in
      let answer = try await gateway.ask("GET", "/hindsight/v1/openapi.json", as: .nobody)
      let paths = try #require(answer.json?["paths"]?.members)
      #expect(!paths.isEmpty)
      for path in paths {
        for operation in path.value.members ?? [] where operation.key != "parameters" {
          let answers = operation.value["responses"]?.members ?? []
          #expect(answers.contains { $0.key.hasPrefix("2") }, "\(operation.key) \(path.key)")
        }
      }
    }
  }

  @Test func `refers to nothing that is not in it`() async throws {
    try await RunningGateway.lend { gateway in
      let answer = try await gateway.ask("GET", "/hindsight/v1/openapi.json", as: .nobody)
      let document = try #require(answer.json)
      let references = answer.text.matches(of: /"\$ref"\s*:\s*"#\/([^"]+)"/).map { $0.output.1 }
      #expect(!references.isEmpty)
      for reference in Set(references) {
        let found = reference.split(separator: "/").reduce(document as JSONValue?) {
          $0?[String($1)]
        }
        #expect(found != nil, "\(reference)")
      }
    }
  }
}
