import Fixtures
import Glibc
import Testing

@testable import CrashMatrix

extension `The command line` {
  @Suite(.timeLimit(.minutes(3))) struct `What the server says and leaves` {
    /// Tokens that Okta takes and refuses, answers that are cut, a rollback, and secrets in the
    /// wrong places.
    private func live(_ served: Served, _ sandbox: SteeredSandbox) async throws {
      for token in ["planted-one", "planted-two", "bad-planted"] {
        _ = try await served.update(token)
      }
      for fault in [#""cutHead""#, #""cutBody""#, #""status","status":500"#, #""notJSON""#] {
        try await sandbox.steer(
          "POST", "faults", #"{"fault":\#(fault),"operation":"update","applied":true}"#)
        _ = try await served.update("planted-one")
      }
      let rollback = "/hindsight/v1/connections/\(Served.app)/rollback"
      for (target, body) in [
        (Served.connection, #"{"token":"planted-one""#),
        ("/oauth2/callback?code=planted-one&state=planted-two", ""),
        (rollback, #"{"to":{"version":3},"reason":"x"}"#),
        ("/hindsight/v1/secrets/planted-one/shred", #"{"reason":"x"}"#),
      ] {
        _ = try await served.ask("POST", target, body)
      }
    }

    @Test(arguments: ["trace", "debug", "info"])
    func `holds no secret at any level, nor after a kill`(level: String) async throws {
      try await SteeredSandbox.lend { sandbox in
        let (data, place) = (try TemporaryDirectory(), try TemporaryDirectory())
        let served = try await Served.start(
          on: data,
          [
            "--upstream", sandbox.origin, "--upstream-auth", try sandbox.credential(in: place),
            "--log-level", level, "--connection-wait", "1",
          ])
        try await live(served, sandbox)
        served.program.send(SIGKILL)
        let result = await served.program.whenEnded()
        var found = ["output": Array(result.output.utf8), "errors": Array(result.errors.utf8)]
        #expect(level == "info" || result.errors.contains("answered"))
        for name in try data.names() { found[name] = try data.bytes(of: name) }
        let canary = Canary(
          "planted-one", "planted-two", "bad-planted", "00sandboxAdminToken", served.token)
        #expect(canary.finds(in: found) == [])
      }
    }
  }
}
