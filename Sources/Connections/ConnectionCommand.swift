/// What can be asked of a connection.
package enum ConnectionCommand: Hashable, Sendable {
  case update(UpdateContent)
  case activate
  case deactivate
  /// The second half of a 3-legged consent. Its code and state are secrets of one use and are never
  /// recorded, not even sealed.
  case verify(appName: String)

  package enum Kind: String, Sendable, CaseIterable {
    case update, activate, deactivate, verify
  }

  package var kind: Kind {
    switch self {
    case .update: .update
    case .activate: .activate
    case .deactivate: .deactivate
    case .verify: .verify
    }
  }

  package var updateContent: UpdateContent? {
    if case .update(let content) = self { content } else { nil }
  }
}

extension ConnectionCommand {
  /// What Okta should show once it has carried this out: a plain update leaves a connection
  /// disabled.
  func expected(after state: ConnectionState) -> ConnectionState {
    var expected = state
    switch self {
    case .activate: expected.status = ConnectionState.Word.enabled
    case .deactivate: expected.status = ConnectionState.Word.disabled
    case .verify: break
    case .update(let content):
      expected.status =
        content.activate ? ConnectionState.Word.enabled : ConnectionState.Word.disabled
      expected.authScheme = content.authScheme ?? state.authScheme
      expected.baseURL = content.baseURL ?? state.baseURL
      expected.clientID = content.clientID ?? state.clientID
      expected.rotationMode = content.rotationMode ?? state.rotationMode
    }
    return expected
  }

  /// The same request once more, as far as the record tells.
  func asks(sameAs other: ConnectionCommand) -> Bool {
    guard case .update(let content) = self, case .update(let others) = other else {
      return self == other
    }
    return content.sets(sameAs: others) && content.activate == others.activate
  }
}

/// The content of an update by allow-list: known harmless fields in clear, secrets by reference,
/// anything else by name alone.
package struct UpdateContent: Hashable, Sendable {
  package var authScheme: String?
  package var baseURL: String?
  package var clientID: String?
  package var rotationMode: String?
  package var adminUsername: String?
  package var token: SecretReference?
  package var adminPassword: SecretReference?
  /// The query parameter; absent means that Okta leaves the connection disabled.
  package var activate: Bool
  /// Paths of fields that this version does not know; sent on, and recorded by name only.
  package var unknownFields: [String]

  package init(
    authScheme: String? = nil, baseURL: String? = nil, clientID: String? = nil,
    rotationMode: String? = nil, adminUsername: String? = nil, token: SecretReference? = nil,
    adminPassword: SecretReference? = nil, activate: Bool = false, unknownFields: [String] = []
  ) {
    self.authScheme = authScheme
    self.baseURL = baseURL
    self.clientID = clientID
    self.rotationMode = rotationMode
    self.adminUsername = adminUsername
    self.token = token
    self.adminPassword = adminPassword
    self.activate = activate
    self.unknownFields = unknownFields
  }

  package var secrets: [SecretReference] { [token, adminPassword].compactMap(\.self) }

  /// The same but for how it is activated and in which sealed copy its secrets lie.
  package func sets(sameAs other: UpdateContent) -> Bool {
    authScheme == other.authScheme && baseURL == other.baseURL && clientID == other.clientID
      && rotationMode == other.rotationMode && adminUsername == other.adminUsername
      && token?.fingerprint == other.token?.fingerprint
      && adminPassword?.fingerprint == other.adminPassword?.fingerprint
      && unknownFields == other.unknownFields
  }
}

extension ConnectionCommand {
  func write(to writer: inout CanonicalWriter) {
    if case .verify(let appName) = self { writer.string("appName", appName) }
    if case .update(let content) = self {
      writer.object("content") { content.write(to: &$0) }
    }
    writer.string("kind", kind.rawValue)
  }

  init(from reader: inout CanonicalReader) throws(EventFault) {
    let appName = try reader.optionalString("appName")
    let content = try reader.optionalObject("content") { (reader) throws(EventFault) in
      try UpdateContent(from: &reader)
    }
    switch (try reader.word("kind", of: Kind.self), content, appName) {
    case (.update, let content?, nil): self = .update(content)
    case (.activate, nil, nil): self = .activate
    case (.deactivate, nil, nil): self = .deactivate
    case (.verify, nil, let appName?): self = .verify(appName: appName)
    case (let kind, _, _): throw .unknownWord(field: "kind", word: kind.rawValue)
    }
  }
}

extension UpdateContent {
  func write(to writer: inout CanonicalWriter) {
    writer.boolean("activate", activate)
    if let adminPassword { writer.object("adminPassword") { adminPassword.write(to: &$0) } }
    writer.string("adminUsername", adminUsername)
    writer.string("authScheme", authScheme)
    writer.string("baseUrl", baseURL)
    writer.string("clientId", clientID)
    writer.string("rotationMode", rotationMode)
    if let token { writer.object("token") { token.write(to: &$0) } }
    writer.strings("unknownFields", unknownFields)
  }

  init(from reader: inout CanonicalReader) throws(EventFault) {
    activate = try reader.boolean("activate")
    adminPassword = try reader.optionalObject("adminPassword") { (reader) throws(EventFault) in
      try SecretReference(from: &reader)
    }
    adminUsername = try reader.optionalString("adminUsername")
    authScheme = try reader.optionalString("authScheme")
    baseURL = try reader.optionalString("baseUrl")
    clientID = try reader.optionalString("clientId")
    rotationMode = try reader.optionalString("rotationMode")
    token = try reader.optionalObject("token") { (reader) throws(EventFault) in
      try SecretReference(from: &reader)
    }
    unknownFields = try reader.strings("unknownFields")
  }
}
