package import OktaAPI

/// One switch by its name, for whoever sets it from outside.
struct SandboxSwitch: Sendable {
  let name: String
  let value: @Sendable (SandboxSwitches) -> JSONValue
  /// Sets it, unless the value is none that it can have.
  ///
  /// - Returns: whether it did.
  let set: @Sendable (JSONValue, inout SandboxSwitches) -> Bool

  static let all: [SandboxSwitch] = [
    yesOrNo("plainUpdateDisables", \.plainUpdateDisables),
    yesOrNo("verifiesCredentials", \.verifiesCredentials),
    yesOrNo("missingTokenFails", \.missingTokenFails),
    yesOrNo("missingClientIDFails", \.missingClientIDFails),
    yesOrNo("missingSettingsFails", \.missingSettingsFails),
    yesOrNo("unsupportedSchemeFails", \.unsupportedSchemeFails),
    yesOrNo("keepsOmittedBaseURL", \.keepsOmittedBaseURL),
    yesOrNo("storesBaseURLOfOrg2Org", \.storesBaseURLOfOrg2Org),
    yesOrNo("freshAppShowsBaseURL", \.freshAppShowsBaseURL),
    number("updateStatus", \.updateStatus, [200, 201]),
    number("repeatedLifecycleStatus", \.repeatedLifecycleStatus, [204, 400, 409]),
    yesOrNo("showsProfile", \.showsProfile),
    yesOrNo("showsTopLevelAuthSchemeForOAuth", \.showsTopLevelAuthSchemeForOAuth),
    yesOrNo("showsAuthorizeLinkWhenEnabled", \.showsAuthorizeLinkWhenEnabled),
    number("jwksWithoutKeysStatus", \.jwksWithoutKeysStatus, [200, 400, 401, 404]),
    yesOrNo("jwksNeedsCredential", \.jwksNeedsCredential),
    yesOrNo("jwksIsWrapped", \.jwksIsWrapped),
    number("verifyBadCodeStatus", \.verifyBadCodeStatus, [400, 403, 404]),
    yesOrNo("acceptsWellFormedCredentials", \.acceptsWellFormedCredentials),
    yesOrNo("acceptsCredentialWithoutSpace", \.acceptsCredentialWithoutSpace),
    number("missingAuthorizationStatus", \.missingAuthorizationStatus, [401, 403]),
    word("missingAuthorizationCode", \.missingAuthorizationCode, ["E0000011", "E0000005"]),
    number("callsPerMinute", \.callsPerMinute, 1...1_000_000_000),
    SandboxSwitch(
      name: "fixedOrigin", value: { JSONValue($0.fixedOrigin) },
      set: { value, switches in
        guard value == .null || value.text != nil else { return false }
        switches.fixedOrigin = value.text
        return true
      }),
  ]

  private typealias Path<Value> = any WritableKeyPath<SandboxSwitches, Value> & Sendable

  private static func yesOrNo(_ name: String, _ path: Path<Bool>) -> SandboxSwitch {
    SandboxSwitch(
      name: name, value: { .boolean($0[keyPath: path]) },
      set: { value, switches in
        guard let value = value.boolean else { return false }
        switches[keyPath: path] = value
        return true
      })
  }

  private static func number(
    _ name: String, _ path: Path<Int>, _ choices: some Collection<Int> & Sendable
  ) -> SandboxSwitch {
    SandboxSwitch(
      name: name, value: { JSONValue($0[keyPath: path]) },
      set: { value, switches in
        guard let value = value.integer, choices.contains(value) else { return false }
        switches[keyPath: path] = value
        return true
      })
  }

  private static func word(
    _ name: String, _ path: Path<String>, _ choices: [String]
  ) -> SandboxSwitch {
    SandboxSwitch(
      name: name, value: { .string($0[keyPath: path]) },
      set: { value, switches in
        guard let value = value.text, choices.contains(value) else { return false }
        switches[keyPath: path] = value
        return true
      })
  }
}

extension SandboxSwitches {
  /// All switches and how they stand.
  package var shown: JSONValue {
    .object(SandboxSwitch.all.map { .init($0.name, $0.value(self)) })
  }

  /// The same with those changed that an object names; all of them or none.
  ///
  /// - Throws: for a name or a value that there is not: a switch with a misspelt word would make a
  ///   test pass.
  package func changed(by changes: JSONValue) throws(OktaError) -> SandboxSwitches {
    guard let members = changes.members else { throw .malformedBody }
    var switches = self
    for change in members {
      guard let found = SandboxSwitch.all.first(where: { $0.name == change.key }) else {
        throw .validation("switch", cause: "There is no switch \(change.key).")
      }
      guard found.set(change.value, &switches) else {
        throw .validation(change.key, cause: "The value of \(change.key) does not fit.")
      }
    }
    return switches
  }
}
